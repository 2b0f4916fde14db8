// Starts MariaDB in an image that has no shell. In an empty data directory it makes the system tables and the
// schema first, as mariadb-install-db does. Its arguments are mariadbd's.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER "/usr/sbin/mariadbd"
#define DATA "/var/lib/mysql"
#define DONE DATA "/bootstrapped"
#define STATEMENTS "/usr/share/database/bootstrap.sql"
#define ACCOUNT "notes"

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "start: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int is_empty(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) fail(path);
  int entries = 0;
  for (struct dirent *entry; (entry = readdir(directory));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && strcmp(entry->d_name, "lost+found")) entries++;
  closedir(directory);
  return entries == 0;
}

// Root gives a new data directory to the account mysql and becomes it; everybody else needs one that is writable.
static void become_mysql(int is_new) {
  if (getuid() != 0) return;
  struct passwd *mysql = getpwnam("mysql");
  if (!mysql) fail("there is no account mysql");
  if (is_new && chown(DATA, mysql->pw_uid, mysql->pw_gid)) fail(DATA);
  if (setgid(mysql->pw_gid) || setuid(mysql->pw_uid)) fail("becoming mysql");
}

// A text literal of SQL. The mode is the default one, in which a backslash escapes.
static void write_literal(FILE *to, const char *text) {
  putc('\'', to);
  for (; *text; text++) {
    if (*text == '\'' || *text == '\\') putc('\\', to);
    putc(*text, to);
  }
  putc('\'', to);
}

// The account that may read and write the notes and nothing else. While bootstrapping there are no accounts yet for
// CREATE USER to work on, so their tables are written.
static void write_account(FILE *to, const char *password) {
  fputs("INSERT INTO mysql.global_priv VALUES ('%', '" ACCOUNT "', JSON_OBJECT('access', 0, 'plugin', "
        "'mysql_native_password', 'authentication_string', PASSWORD(", to);
  write_literal(to, password);
  fputs(")));\n"
        "INSERT INTO mysql.db (Host, Db, User, Select_priv, Insert_priv, Update_priv, Delete_priv) "
        "VALUES ('%', 'notes', '" ACCOUNT "', 'Y', 'Y', 'Y', 'Y');\n", to);
}

// The statements of the image, then the account; the file has no name and is gone with this program.
static FILE *statements(const char *password) {
  FILE *from = fopen(STATEMENTS, "r"), *to = tmpfile();
  if (!from || !to) fail(STATEMENTS);
  char block[65536];
  for (size_t length; (length = fread(block, 1, sizeof block, from));) fwrite(block, 1, length, to);
  write_account(to, password);
  if (ferror(from) || fflush(to)) fail("writing the first statements");
  fclose(from);
  rewind(to);
  return to;
}

static const char *first_password(void) {
  const char *password = getenv("MARIADB_PASSWORD");
  if (password && *password) return password;
  fputs("start: the data directory is empty: give the password of its account in MARIADB_PASSWORD\n", stderr);
  exit(1);
}

static void bootstrap(const char *password) {
  FILE *input = statements(password);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    if (dup2(fileno(input), 0) < 0) fail("dup2");
    execl(SERVER, SERVER, "--bootstrap", "--datadir=" DATA, "--log-warnings=0", (char *)0);
    fail(SERVER);
  }
  int status;
  if (waitpid(child, &status, 0) < 0) fail("waitpid");
  int done = status == 0 ? open(DONE, O_WRONLY | O_CREAT, 0600) : -1;
  if (done < 0) {
    fputs("start: the data directory could not be made; empty it before the next try\n", stderr);
    exit(1);
  }
  close(done);
  fclose(input);
}

int main(int count, char **arguments) {
  (void)count;
  int is_new = is_empty(DATA);
  if (!is_new && access(DONE, F_OK)) {
    fputs("start: the data directory is neither empty nor complete\n", stderr);
    return 1;
  }
  const char *password = is_new ? first_password() : NULL;
  become_mysql(is_new);
  if (is_new) bootstrap(password);
  unsetenv("MARIADB_PASSWORD");
  arguments[0] = SERVER;
  execv(SERVER, arguments);
  fail(SERVER);
}
