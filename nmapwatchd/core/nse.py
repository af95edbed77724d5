"""What nmap's script engine runs: the categories of its scripts, by their names."""

from fnmatch import fnmatchcase
from functools import lru_cache


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Those that -sC runs: the category "default", of 7.80 to 7.991.
DEFAULT_SCRIPTS = _names(
    """
    address-info afp-serverinfo ajp-auth ajp-methods amqp-info auth-owners backorifice-info
    bitcoinrpc-info cassandra-info clock-skew creds-summary dicom-ping dns-nsid
    dns-recursion dns-service-discovery epmd-info finger flume-master-info freelancer-info
    ftp-anon ftp-bounce ftp-syst ganglia-info giop-info gopher-ls hadoop-datanode-info
    hadoop-jobtracker-info hadoop-namenode-info hadoop-secondary-namenode-info
    hadoop-tasktracker-info hbase-master-info hbase-region-info hddtemp-info hnap-info
    http-auth http-cisco-anyconnect http-cookie-flags http-cors http-favicon http-generator
    http-git http-ls http-methods http-ntlm-info http-open-proxy http-robots.txt
    http-svn-enum http-svn-info http-title http-webdav-scan ike-version imap-capabilities
    imap-ntlm-info ip-https-discover ipv6-node-info irc-info iscsi-info jdwp-info
    knx-gateway-info maxdb-info mikrotik-routeros-version mongodb-databases mongodb-info
    ms-sql-info ms-sql-ntlm-info mysql-info nat-pmp-info nbns-interfaces nbstat
    ncp-serverinfo netbus-info nntp-ntlm-info ntp-info openflow-info openlookup-info
    p2p-conficker pop3-capabilities pop3-ntlm-info quake1-info quake3-info
    quake3-master-getservers rdp-ntlm-info rmi-dumpregistry rpcinfo rtsp-methods servicetags
    sip-methods smb-os-discovery smb-security-mode smb2-security-mode smb2-time
    smtp-commands smtp-ntlm-info snmp-hh3c-logins snmp-info snmp-interfaces snmp-netstat
    snmp-processes snmp-sysdescr snmp-win32-services snmp-win32-shares snmp-win32-software
    snmp-win32-users socks-auth-info socks-open-proxy ssh-hostkey sshv1 ssl-cert ssl-date
    ssl-known-key sslv2 sstp-discover telnet-ntlm-info tftp-version tls-alpn
    tls-nextprotoneg ubiquiti-discovery upnp-info uptime-agent-info ventrilo-info vnc-info
    wdb-version weblogic-t3-info wsdd-discover x11-access xmlrpc-methods xmpp-info
    """
)

# Those that -sV runs: the category "version".
VERSION_SCRIPTS = _names(
    """
    allseeingeye-info amqp-info bacnet-info cccam-version db2-das-info docker-version
    drda-info enip-info fingerprint-strings fox-info freelancer-info hnap-info
    http-server-header http-trane-info https-redirect iax2-version iec61850-mms ike-version
    jdwp-version maxdb-info mcafee-epo-agent mikrotik-routeros-version mqtt-subscribe
    murmur-version ndmp-version netbus-version omron-info openlookup-info oracle-tns-version
    ovs-agent-version pptp-version quake1-info quake3-info rfc868-time rpc-grind rpcinfo
    s7-info skypev2-version snmp-info stun-version teamspeak2-version tftp-version
    ubiquiti-discovery ventrilo-info vmware-version wdb-version weblogic-t3-info xmpp-info
    """
)

# Those that do more than look: they guess passwords (category "brute"), exploit or disturb
# ("exploit", "dos"), try a vulnerability out (both "vuln" and "intrusive"), or change something.
INTRUSIVE_SCRIPTS = _names(
    """
    afp-brute afp-path-vuln ajp-brute backorifice-brute broadcast-avahi-dos cassandra-brute
    cics-enum cics-user-brute cics-user-enum citrix-brute-xml clamav-exec cvs-brute
    cvs-brute-repository deluge-rpc-brute dicom-brute distcc-cve2004-2687 dns-brute
    dns-update domcon-brute dpap-brute drda-brute ftp-brute ftp-libopie ftp-proftpd-backdoor
    ftp-vsftpd-backdoor ftp-vuln-cve2010-4221 http-adobe-coldfusion-apsa1301
    http-avaya-ipoffice-users http-awstatstotals-exec http-axis2-dir-traversal
    http-barracuda-dir-traversal http-brute http-coldfusion-subzero http-csrf
    http-dlink-backdoor http-dombased-xss http-fileupload-exploiter http-form-brute
    http-huawei-hg5xx-vuln http-iis-short-name-brute http-iis-webdav-vuln http-joomla-brute
    http-litespeed-sourcecode-download http-majordomo2-dir-traversal http-passwd
    http-phpmyadmin-dir-traversal http-phpself-xss http-proxy-brute http-put http-shellshock
    http-slowloris http-sql-injection http-stored-xss http-tplink-dir-traversal
    http-vuln-cve2006-3392 http-vuln-cve2009-3960 http-vuln-cve2010-2861
    http-vuln-cve2011-3368 http-vuln-cve2012-1823 http-vuln-cve2013-0156
    http-vuln-cve2013-6786 http-vuln-cve2013-7091 http-vuln-cve2014-3704
    http-vuln-cve2014-8877 http-vuln-cve2015-1427 http-vuln-cve2017-5689
    http-vuln-cve2017-8917 http-vuln-misfortune-cookie http-vuln-wnr1000-creds
    http-wordpress-brute iax2-brute imap-brute impress-remote-discover informix-brute
    ipmi-brute ipv6-ra-flood irc-brute irc-sasl-brute irc-unrealircd-backdoor iscsi-brute
    jdwp-exec jdwp-inject ldap-brute lu-enum membase-brute metasploit-msgrpc-brute
    metasploit-xmlrpc-brute mikrotik-routeros-brute mikrotik-routeros-username-brute
    mmouse-brute mmouse-exec mongodb-brute ms-sql-brute mysql-brute mysql-enum
    mysql-vuln-cve2012-2122 nessus-brute nessus-xmlrpc-brute netbus-brute nexpose-brute
    nje-node-brute nje-pass-brute nping-brute omp2-brute openvas-otp-brute oracle-brute
    oracle-brute-stealth oracle-sid-brute pcanywhere-brute pgsql-brute pjl-ready-message
    pop3-brute puppet-naivesigning qconn-exec rdp-vuln-ms12-020 redis-brute rexec-brute
    rlogin-brute rmi-vuln-classloader rpcap-brute rsync-brute rtsp-url-brute
    samba-vuln-cve-2012-1182 sip-brute smb-brute smb-flood smb-print-text smb-psexec
    smb-vuln-conficker smb-vuln-cve-2017-7494 smb-vuln-cve2009-3103 smb-vuln-ms06-025
    smb-vuln-ms07-029 smb-vuln-ms08-067 smb-vuln-ms10-054 smb-vuln-ms10-061
    smb-vuln-regsvc-dos smb-vuln-webexec smb-webexec-exploit smtp-brute
    smtp-vuln-cve2010-4344 smtp-vuln-cve2011-1720 smtp-vuln-cve2011-1764 snmp-brute
    socks-brute ssh-brute sslv2-drown supermicro-ipmi-conf svn-brute telnet-brute tso-brute
    tso-enum vmauthd-brute vnc-brute vtam-enum xmpp-brute
    """
)

# Scripts that send what the library of a family sends, though their names do not say so: they
# request pages by nselib/http.lua.
_OTHER_NAMES = {
    "http-*": _names(
        """
        bitcoinrpc-info couchdb-databases couchdb-stats daap-get-library docker-version
        flume-master-info hadoop-datanode-info hadoop-jobtracker-info hadoop-namenode-info
        hadoop-secondary-namenode-info hadoop-tasktracker-info hbase-master-info
        hbase-region-info hnap-info mcafee-epo-agent membase-http-info nexpose-brute
        ovs-agent-version puppet-naivesigning riak-http-info supermicro-ipmi-conf
        tor-consensus-checker vmware-version xmlrpc-methods ip-https-discover
        """
    )
}


@lru_cache(maxsize=16_384)
def is_of(script: str, family: str) -> bool:
    """Return whether a script, or a smaller family, belongs to a family such as `http-*`."""
    return fnmatchcase(script, family) or script in _OTHER_NAMES.get(family, ())


@lru_cache(maxsize=4_096)
def is_default(family: str) -> bool:
    """Return whether -sC runs a script, or any of a family."""
    return _has_any(family, DEFAULT_SCRIPTS)


@lru_cache(maxsize=4_096)
def is_version(family: str) -> bool:
    """Return whether -sV runs a script, or any of a family."""
    return _has_any(family, VERSION_SCRIPTS)


@lru_cache(maxsize=4_096)
def is_intrusive(family: str) -> bool:
    """Return whether a script does more than look, or every script of a family."""
    return family in INTRUSIVE_SCRIPTS or family == "*-brute"


def _has_any(family: str, scripts: frozenset[str]) -> bool:
    return family in scripts or any(is_of(script, family) for script in scripts)
