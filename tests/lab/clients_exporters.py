"""Prometheus exporters, which query configured targets."""

from tests.lab.clients_checks import EVERYTHING, configured

SSH_SCRIPT = "{{expect: '^SSH-2.0-'}}"
SMTP_SCRIPT = (
    "{{expect: '^220'}}, {{send: EHLO prober}}, {{expect: '^250-STARTTLS'}}, {{send: STARTTLS}}"
)
IRC_SCRIPT = "{{send: NICK prober}}, {{send: USER prober prober prober :prober}}"
BLACKBOX = f"""\
modules:
  page: {{{{prober: http, timeout: 3s}}}}
  post: {{{{prober: http, timeout: 3s, http: {{{{method: POST, body: none}}}}}}}}
  connect: {{{{prober: tcp, timeout: 3s}}}}
  tls:
    prober: tcp
    timeout: 3s
    tcp: {{{{tls: true, tls_config: {{{{insecure_skip_verify: true}}}}}}}}
  ssh: {{{{prober: tcp, timeout: 3s, tcp: {{{{query_response: [{SSH_SCRIPT}]}}}}}}}}
  ssh_says:
    prober: tcp
    timeout: 3s
    tcp: {{{{query_response: [{SSH_SCRIPT}, {{{{send: SSH-2.0-blackbox-ssh-check}}}}]}}}}
  smtp: {{{{prober: tcp, timeout: 3s, tcp: {{{{query_response: [{SMTP_SCRIPT}]}}}}}}}}
  pop:
    prober: tcp
    timeout: 3s
    tcp: {{{{query_response: [{{{{expect: '^.OK'}}}}, {{{{send: CAPA}}}}]}}}}
  irc: {{{{prober: tcp, timeout: 3s, tcp: {{{{query_response: [{IRC_SCRIPT}]}}}}}}}}
  ping: {{{{prober: icmp, timeout: 3s}}}}
  names:
    prober: dns
    timeout: 3s
    dns: {{{{query_name: target.example.test, query_type: A}}}}
  chaos:
    prober: dns
    timeout: 3s
    dns: {{{{transport_protocol: tcp, query_name: example.test, query_type: SOA}}}}
"""
BLACKBOX_PROBES = (
    "page {target}",
    "page https://{target}/",
    "post {target}",
    "connect {target}:80",
    "tls {target}:443",
    "ssh {target}:22",
    "ssh_says {target}:22",
    "smtp {target}:25",
    "pop {target}:110",
    "irc {target}:4200",
    "ping {target}",
    "names {target}",
    "chaos {target}",
)
PROBE = "curl -sS 'http://127.0.0.1:9115/probe?module={}&target={}' | grep -c probe_success"
BLACKBOX_LINE = (
    "prometheus-blackbox-exporter --config.file=blackbox.yml --web.listen-address=127.0.0.1:9115"
    "& pid=$!; sleep 1; "
    + "; ".join(PROBE.format(*probe.split()) for probe in BLACKBOX_PROBES)
    + "; kill $pid"
)
SNMP = """\
first: {{walk: [1.3.6.1.2.1.1], version: 1, auth: {{community: public}}}}
second: {{walk: [1.3.6.1.2.1.1], get: [1.3.6.1.2.1.1.3.0], version: 2, auth: {{community: public}}}}
third: {{walk: [1.3.6.1.2.1.1], version: 3, auth: {{username: lab}}}}
"""
SNMP_LINE = (
    "prometheus-snmp-exporter --config.file=snmp.yml --web.listen-address=127.0.0.1:9116"
    " & pid=$!; sleep 1;"
    + "".join(
        f" timeout 4 curl -sS 'http://127.0.0.1:9116/snmp?module={one}&target={{target}}';"
        for one in ("first", "second", "third")
    )
    + " kill $pid"
)

EXPORTERS = (
    configured(
        "blackbox-exporter", f"{EVERYTHING} bind silent", "blackbox.yml", BLACKBOX, BLACKBOX_LINE
    ),
    configured("snmp-exporter", "snmpd", "snmp.yml", SNMP, SNMP_LINE),
)
