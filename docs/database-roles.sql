-- Two roles for PostgreSQL: one whose the tables are, one for the application, which owns nothing.
-- Run as a superuser, as often as you like:
--
--   psql -v database=crm -v owner=crm_owner -v application=crm -f docs/database-roles.sql
--
-- then set their passwords (\password crm_owner), name them in the environment of whoever migrates,
--
--   MIGRATION_DATABASE_URL=postgres://crm_owner:…@host/crm   DATABASE_URL=postgres://crm:…@host/crm
--
-- and run `manage.py migrate`, which also grants the application's role what it needs. Servers and
-- workers get DATABASE_URL alone.

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name)
FROM unnest(ARRAY[:'owner', :'application']) name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

\connect :database

-- a database that one role made before: its tables, sequences and functions become the owner's
SELECT format('ALTER %s %s OWNER TO %I', kind, name, :'owner')
FROM (
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END kind, oid::regclass::text name
    FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND deptype IN ('a', 'e', 'i'))
    UNION ALL
    SELECT 'FUNCTION', p.oid::regprocedure::text FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND deptype = 'e')
) ours \gexec

ALTER DATABASE :"database" OWNER TO :"owner";
ALTER SCHEMA public OWNER TO :"owner";
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"application";
-- what a migration makes, servers may use at once; `migrate` narrows it where it ends
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"application";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO :"application";

-- whole pages, which the log holds after each checkpoint, take half the room; worth it where one change
-- touches a score in many indexes
SELECT format(
    'ALTER DATABASE %I SET wal_compression = %L',
    :'database', CASE WHEN 'lz4' = ANY (enumvals) THEN 'lz4' ELSE 'on' END
)
FROM pg_settings WHERE name = 'wal_compression' \gexec
