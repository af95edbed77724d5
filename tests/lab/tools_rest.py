"""Tools whose traffic resembles nmap's, or that share its code: one capture per family."""

from __future__ import annotations

from tests.lab.kinds import OtherTool
from tests.lab.tools_more import BRUTE, others

HYDRA_MODULES = (
    "smb2", "mssql", "mongodb", "vnc", "rdp", "svn", "socks5", "rtsp", "memcached", "rpcap",
    "oracle-listener", "teamspeak", "xmpp", "rsh", "cisco",
)  # fmt: skip
SCAMPER = (
    "ping -c 2 {target}",
    "ping -P tcp-syn -d 80 -c 2 {target}",
    "ping -P tcp-ack -d 80 -c 2 {target}",
    "ping -P udp -c 2 {target}",
    "trace -P tcp -d 80 {target}",
    "trace -P icmp-paris {target}",
)

TOOLS_REST: tuple[OtherTool, ...] = (
    others(
        "ncrack-tls",
        "nginx",
        "ncrack --user bob --pass wrong -T5 imaps://{target}:443",
        "ncrack --user bob --pass wrong -T5 pop3s://{target}:8444",
    ),
    others(
        "web-attackers",
        "nginx",
        "timeout 15 sqlmap --batch --timeout 2 --flush-session -u 'http://{target}/?id=1'",
        "timeout 15 wapiti -u http://{target}/ --max-scan-time 10 --flush-session -m htp,methods",
        "timeout 15 wfuzz -w {folder}/words http://{target}/FUZZ",
        "whatweb --color=never -a 4 http://{target}/",
        "curl -sS -H 'Connection: Keep-Alive' -H 'Accept:' http://{target}/evox/about"
        " http://{target}/S7Web.css http://{target}/Portal0000.htm http://{target}/HNAP1",
    ),
    others(
        "brute-forcers-rest",
        "samba xrdp svnserve dante hearing",
        *(f"timeout 6 hydra {BRUTE} {module}://{{target}}" for module in HYDRA_MODULES),
    ),
    others(
        "ssh-testers",
        "openssh",
        "ssh-audit -n {target}",
        "timeout 6 scanssh -s ssh {target}",
    ),
    others(
        "packet-testers",
        "closing",
        "timeout 8 lft -d 4000 {target}",
        *(f"timeout 8 scamper -I '{line}'" for line in SCAMPER),
        "timeout 8 t50 {target} --threshold 20 --protocol TCP -S",
        "timeout 8 t50 {target} --threshold 20 --protocol UDP",
        "timeout 8 packit -c 2 -d {target} -t tcp -D 4000 -F S",
    ),
)
