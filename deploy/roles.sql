-- Two roles. The owner makes and changes tables (`migrate` only). The service's own role reads and writes rows, so
-- that it can neither drop a table nor switch off the triggers that keep the audit record.
-- Run as a superuser, in the database rvss; again with other passwords changes these and nothing else:
--   psql --dbname rvss --set owner_password=... --set app_password=... --file deploy/roles.sql
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['rvss_owner', 'rvss_app']) name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE rvss_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE rvss_app LOGIN PASSWORD :'app_password';

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"DBNAME" TO rvss_owner, rvss_app;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO rvss_owner;
GRANT USAGE ON SCHEMA public TO rvss_app;

-- Neither TRUNCATE nor TRIGGER nor REFERENCES.
ALTER DEFAULT PRIVILEGES FOR ROLE rvss_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rvss_app;
ALTER DEFAULT PRIVILEGES FOR ROLE rvss_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO rvss_app;
