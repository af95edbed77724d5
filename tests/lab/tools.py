"""Other scanners and tools, which must not be reported as nmap."""

from __future__ import annotations

from tests.lab.kinds import OtherTool, words


def tool(
    name: str,
    servers: str,
    line: str,
    expected_output: str = "",
    exit_statuses: tuple[int, ...] = (0,),
) -> OtherTool:
    """Return a tool from a command line without quoting."""
    return OtherTool(name, words(servers), words(line), expected_output, exit_statuses)


HYDRA = "hydra -I -t 2 -l bob -p wrong"
HYDRA_OUTPUT = "1 of 1 target completed"
MASSCAN = (
    "masscan --interface eth0 --router-mac 52:54:00:77:00:08 --source-ip 10.77.0.77"
    " --wait 3 --rate 200"
)

TOOLS = (
    tool(
        "masscan-banners",
        "openssh nginx vsftpd",
        f"{MASSCAN} --banners --rate 20 -p21,22,80,8099,9000-9150 10.77.0.8",
        "Discovered open port",
    ),
    tool(
        "masscan-udp",
        "bind snmpd",
        f"timeout 10 {MASSCAN} --banners -pU:53,U:161 10.77.0.8",
        exit_statuses=(0, 124),
    ),
    tool("hydra-ssh", "openssh", f"{HYDRA} ssh://{{target}}", HYDRA_OUTPUT, (0, 255)),
    tool("hydra-ftp", "vsftpd", f"{HYDRA} ftp://{{target}}", HYDRA_OUTPUT),
    tool("hydra-http", "nginx", f"{HYDRA} {{target}} http-get /private", HYDRA_OUTPUT),
    tool("hydra-smb", "samba_legacy", f"{HYDRA} smb://{{legacy}}", "Hydra", (0, 255)),
    tool("hydra-smtp", "postfix", f"{HYDRA} smtp://{{target}}", "Hydra", (0, 255)),
    tool(
        "gobuster", "nginx", "gobuster dir -q -u http://{target}/ -w {folder}/words", "letter.txt"
    ),
    tool("whatweb", "nginx", "whatweb --color=never {target}", "200 OK"),
    tool("sslscan", "nginx", "sslscan --no-colour {target}:443", "TLSv1.3"),
    tool("hping3-syn", "nginx", "hping3 -q -c 3 -S -p 80 {target}", "3 packets"),
    tool("hping3-udp", "nginx", "hping3 -q -c 2 --udp -p 53 {target}", "", (0, 1)),
    tool("arp-scan", "closing", "arp-scan -q -I eth0 10.77.0.0/28", "52:54:00:77:00:08"),
    tool("onesixtyone", "snmpd", "onesixtyone {target} public", "10.77.0.8"),
    tool("nbtscan", "samba", "nbtscan {target}", ""),
    tool(
        "zmap-syn",
        "nginx",
        "zmap -q -i eth0 -G 52:54:00:77:00:08 -S 10.77.0.6"
        " -p 80 -r 100 -c 2 -b /dev/null 10.77.0.8/32",
        "10.77.0.8",
    ),
    tool("medusa-ssh", "openssh", "medusa -h {target} -u bob -p wrong -M ssh", "ACCOUNT CHECK"),
    tool("medusa-ftp", "vsftpd", "medusa -h {target} -u bob -p wrong -M ftp", "ACCOUNT CHECK"),
    tool(
        "ssh-keyscan-all", "openssh", "ssh-keyscan -t rsa,ecdsa,ed25519 -p 2222 {target}", "ssh-rsa"
    ),
    tool(
        "ncrack-ssh", "openssh", "ncrack --user bob --pass wrong -T5 ssh://{target}", "Ncrack done"
    ),
    tool(
        "ncrack-ftp", "vsftpd", "ncrack --user bob --pass wrong -T5 ftp://{target}", "Ncrack done"
    ),
)
