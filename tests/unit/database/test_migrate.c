// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "folder.h"

static const struct database_migration steps[] = {
    { 1, "people", "CREATE TABLE person (id INTEGER PRIMARY KEY)", NULL, NULL },
    { 2, "roles",
      "CREATE TABLE role (person INTEGER NOT NULL REFERENCES person (id), name TEXT);\n"
      "CREATE INDEX role_name ON role (name)",
      "CREATE TRIGGER t AFTER INSERT ON role BEGIN\n"
      "UPDATE role SET name = 'a';\nUPDATE role SET name = 'b';\nEND",
      NULL },
};
static const struct database_migrations both = { steps, 2 };
static const struct database_migrating quietly = { 0 };

static void steps_are_taken_once(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    struct database *database = folder_open(&folder);
    unsigned version = 9;
    check(database_version(database, &version, &folder.err) && version == 0);
    check(database_migrate(database, &both, &quietly, &folder.err));
    check(database_version(database, &version, &folder.err) && version == 2);
    check(database_migrate(database, &both, &quietly, &folder.err));
    check_equal(number_of(database, "SELECT count(*) FROM migration"), 2);
    check_equal(number_of(database, "PRAGMA foreign_keys"), 1);
    database_close(database);
    folder_remove(&folder);
}

/* As SQLite advises: what a table is made anew from may be dropped though others refer to it.
 */
static void a_table_others_refer_to_is_made_anew(void **state)
{
    (void)state;
    static const struct database_migration more[] = {
        { 1, "people", "CREATE TABLE person (id INTEGER PRIMARY KEY)", NULL, NULL },
        { 2, "roles",
          "CREATE TABLE role (person INTEGER REFERENCES person (id));"
          "INSERT INTO person VALUES (1); INSERT INTO role VALUES (1)",
          NULL, NULL },
        { 3, "people anew", NULL,
          "CREATE TABLE person_new (id INTEGER PRIMARY KEY, name TEXT);"
          "INSERT INTO person_new (id) SELECT id FROM person; DROP TABLE person;"
          "ALTER TABLE person_new RENAME TO person",
          NULL },
        { 4, "people lost", "DELETE FROM person", NULL, NULL },
    };
    struct folder folder = folder_make();
    struct database *database = folder_open(&folder);
    check(database_migrate(database, &(struct database_migrations){ more, 3 }, &quietly,
                           &folder.err));
    check_equal(number_of(database, "SELECT count(*) FROM role"), 1);
    check(!database_migrate(database, &(struct database_migrations){ more, 4 }, &quietly,
                            &folder.err));
    check_equal(folder.err.code, EEXIST);
    check_equal(number_of(database, "SELECT count(*) FROM person"), 1);
    database_close(database);
    folder_remove(&folder);
}

static void a_database_of_others_steps_is_refused(void **state)
{
    (void)state;
    static const struct database_migration others[] = {
        { 1, "flows", "CREATE TABLE flow (id INTEGER PRIMARY KEY)", NULL, NULL },
    };
    struct folder folder = folder_make();
    struct database *database = folder_open(&folder);
    check(database_migrate(database, &(struct database_migrations){ others, 1 }, &quietly,
                           &folder.err));
    check(!database_migrate(database, &both, &quietly, &folder.err));
    check_equal(folder.err.code, EILSEQ);
    check_equal(number_of(database, "SELECT count(*) FROM migration"), 1);
    database_close(database);
    folder_remove(&folder);
}

TESTS(TEST(steps_are_taken_once), TEST(a_table_others_refer_to_is_made_anew),
      TEST(a_database_of_others_steps_is_refused))
