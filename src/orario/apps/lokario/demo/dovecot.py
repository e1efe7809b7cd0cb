"""Configurations of a Dovecot for one person on loopback: 2.4 has other words for many things than 2.3."""

import grp
import pwd
import re
import subprocess
from pathlib import Path

_COMMON = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
listen = 127.0.0.1
ssl = no
auth_failure_delay = 0
mail_fsync = never
mail_max_userip_connections = 100
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""
_OF_2_3 = """
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
_OF_2_4 = """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
namespace inbox {{
  inbox = yes
}}
passdb passwd-file {{
  passwd_file_path = {folder}/users
  default_password_scheme = PLAIN
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
"""
_FIRST_OF_2_4 = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"  # nothing may stand before it
_TLS = """
ssl = yes
{certificate}
{key}
auth_cache_size = 0
service imap-login {{
  client_limit = 200
  {no_end}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""

Version = tuple[int, ...]


def version_of(program: str | Path) -> Version:
    """`(2, 3)`, of what `dovecot --version` says."""
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30).stdout
    return parsed(said)


def parsed(said: str) -> Version:
    """Of `2.3.19.1 (9b53102964)` or `2.4.1-4 (7d8c0e5759)`; the newest that is known where it says nothing."""
    found = re.match(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (2, 4)


def configuration(version: Version, folder: Path, port: int) -> str:
    """Users and passwords from `users`, mail below `mail`; run by whoever owns the folder."""
    owner = folder.stat()
    is_new = version >= (2, 4)
    text = f"{_FIRST_OF_2_4}{_COMMON}{_OF_2_4}" if is_new else f"{_COMMON}{_OF_2_3}"
    return text.format(
        folder=folder,
        user=pwd.getpwuid(owner.st_uid).pw_name,
        group=grp.getgrgid(owner.st_gid).gr_name,
        uid=owner.st_uid,
        gid=owner.st_gid,
        port=port,
    )


def tls(version: Version, folder: Path, port: int) -> str:
    """What is added for STARTTLS, and for TLS from the first byte on a port of its own."""
    is_new = version >= (2, 4)
    named = "ssl_server_{}_file = {}" if is_new else "ssl_{} = <{}"
    return _TLS.format(
        certificate=named.format("cert", folder / "cert.pem"),
        key=named.format("key", folder / "key.pem"),
        no_end="restart_request_count = unlimited" if is_new else "service_count = 0",
        port=port,
    )
