#!/bin/bash
# What start.c does, as entry scripts do it where there is a shell and a client.
set -euo pipefail
if [ ! -e /var/lib/mysql/mysql ]; then
  chown mysql:mysql /var/lib/mysql
  mariadb-install-db --user=mysql --skip-test-db >/dev/null
  mariadbd --user=mysql --skip-networking &
  client=(--socket=/tmp/mariadb.sock)
  until mariadb-admin "${client[@]}" --silent ping; do sleep 0.2; done
  { cat "$(dirname "$0")/schema.sql"
    echo "CREATE USER notes@'%' IDENTIFIED BY '$(sed "s/[\\\\']/\\\\&/g" <<<"${MARIADB_PASSWORD:?}")';"
    echo "GRANT SELECT, INSERT, UPDATE, DELETE ON notes.* TO notes@'%';"
  } | mariadb "${client[@]}"
  mariadb-admin "${client[@]}" shutdown
  wait
fi
exec mariadbd --user=mysql "$@"
