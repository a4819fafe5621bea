"""Row-level security and grants for the application's role, made from what the tables look like."""

from __future__ import annotations

from django.db import connections

APPEND_ONLY = ("shared_transfer", "shared_audit", "goods_move", "goods_price_change", "scene_orderstep")
"""Tables whose rows the application may add and read, never change or delete."""

POLICY = """
CREATE POLICY brand_wall ON {table} TO {role}
USING (brand_id = ANY ((SELECT sitong_brands())::uuid[]) OR (SELECT current_setting('sitong.brands', true)) = '*')
"""

FUNCTION = """
CREATE OR REPLACE FUNCTION sitong_brands() RETURNS uuid[] LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN coalesce(current_setting('sitong.brands', true), '') IN ('', '*') THEN '{}'::uuid[]
              ELSE string_to_array(current_setting('sitong.brands', true), ',')::uuid[] END
$$
"""


def build_walls(role: str, *, using: str = "owner") -> list[str]:
    """Grant `role` what it needs and put the brand's wall on each table with a `brand_id`. Gives the walled tables.

    May be run again at any time: what stands is kept. Run by `sitong migrate` after each migration.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(FUNCTION)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)", [list(APPEND_ONLY)])
        for (table,) in cursor.fetchall():
            cursor.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {role}")
        cursor.execute(
            """SELECT c.relname, c.relrowsecurity, EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'brand_id' AND NOT a.attisdropped
               WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname"""
        )
        walled = cursor.fetchall()
        for table, secured, has_policy in walled:
            if not secured:
                cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            if not has_policy:
                cursor.execute(POLICY.format(table=table, role=role))
        return [table for table, _, _ in walled]
