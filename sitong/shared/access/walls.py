"""Row-level security and grants for the application's role, made from what the tables look like."""

from __future__ import annotations

from django.db import connections

APPEND_ONLY = (
    "shared_transfer",
    "shared_audit",
    "goods_move",
    "goods_price_change",
    "scene_orderstep",
    "member_consentgiven",
    "member_consentwording",
    "member_carduse",
    "member_cardreturn",
    "marketing_redemption",
    "marketing_redemptionundone",
    "goods_codealertstep",
    "marketing_giftredemption",
    "marketing_giftredemptionundone",
    "distribution_settlement",
)
"""Tables whose rows the application may add and read, never change or delete."""

POLICY = """
CREATE POLICY brand_wall ON {table} TO {role}
USING (brand_id = ANY ((SELECT sitong_brands())::uuid[]) OR (SELECT current_setting('sitong.brands', true)) = '*')
"""

OF_ACCOUNTS = ("mfa_authenticator", "account_emailaddress", "usersessions_usersession")
"""Tables of libraries that belong to an account by `user_id`: shown to whom the account's own wall shows the account."""

ACCOUNT_POLICY = """
CREATE POLICY brand_wall ON {table} TO {role} USING (EXISTS (SELECT FROM shared_account WHERE shared_account.id = user_id))
"""

FUNCTION = """
CREATE OR REPLACE FUNCTION sitong_brands() RETURNS uuid[] LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN coalesce(current_setting('sitong.brands', true), '') IN ('', '*') THEN '{}'::uuid[]
              ELSE string_to_array(current_setting('sitong.brands', true), ',')::uuid[] END
$$
"""


BEFORE_SIGN_IN = (
    """
    CREATE OR REPLACE FUNCTION sitong_brand_of_username(wanted text) RETURNS uuid LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      SELECT brand_id FROM public.shared_account WHERE username = lower(wanted) AND system IN ('brand', 'dealer', 'store')
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION sitong_username_taken(wanted text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      SELECT EXISTS (SELECT FROM public.shared_account WHERE username = lower(wanted))
    $$
    """,
)
"""What may be asked across the wall before anybody is known: of which brand a user name is, and whether one is taken.

They run as the tables' owner, to whom the wall does not apply, and give nothing but that: see docs/access.md.
"""


def build_walls(role: str, *, using: str = "owner") -> list[str]:
    """Grant `role` what it needs and put the brand's wall on each table with a `brand_id`. Gives the walled tables.

    May be run again at any time: what stands is kept. Run by `sitong migrate` after each migration.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(FUNCTION)
        for function in BEFORE_SIGN_IN:
            cursor.execute(function)
        for function in ("sitong_brand_of_username(text)", "sitong_username_taken(text)"):
            cursor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)", [list(APPEND_ONLY)]
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {role}")
        cursor.execute(
            """SELECT c.relname, c.relrowsecurity, EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
               FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND (c.relname = ANY(%s)
               OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'brand_id' AND NOT a.attisdropped))
               ORDER BY c.relname""",
            [list(OF_ACCOUNTS)],
        )
        walled = cursor.fetchall()
        for table, secured, has_policy in walled:
            if not secured:
                cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            if not has_policy:
                policy = ACCOUNT_POLICY if table in OF_ACCOUNTS else POLICY
                cursor.execute(policy.format(table=table, role=role))
        return [table for table, _, _ in walled]
