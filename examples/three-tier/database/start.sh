#!/bin/bash
# What start.c does, where there is a shell and a client.
set -euo pipefail
chown mysql:mysql /var/lib/mysql
if [ ! -e /var/lib/mysql/mysql ]; then
  mariadb-install-db --user=mysql --skip-test-db >/dev/null
  { cat "$(dirname "$0")/schema.sql"
    echo "CREATE USER notes@'%' IDENTIFIED BY '${MARIADB_PASSWORD:?}';"
    echo "GRANT SELECT, INSERT, UPDATE, DELETE ON notes.* TO notes@'%';"
  } >/tmp/first.sql
  set -- --init-file=/tmp/first.sql "$@"
fi
exec mariadbd --user=mysql "$@"
