"""Attach the journal to the regulated tables. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('registry_company');
SELECT journal_attach('registry_market');
SELECT journal_attach('registry_brand');
SELECT journal_attach('registry_product');
SELECT journal_attach('registry_productstatus');
SELECT journal_attach('registry_labelfacts');
SELECT journal_attach('registry_productname');
SELECT journal_attach('registry_account');
SELECT journal_attach('registry_activity');
SELECT journal_attach('registry_packrelease');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON registry_company; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_company; DROP TRIGGER IF EXISTS journal_refuse ON registry_company;
DROP TRIGGER IF EXISTS journal_record ON registry_market; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_market; DROP TRIGGER IF EXISTS journal_refuse ON registry_market;
DROP TRIGGER IF EXISTS journal_record ON registry_brand; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_brand; DROP TRIGGER IF EXISTS journal_refuse ON registry_brand;
DROP TRIGGER IF EXISTS journal_record ON registry_product; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_product; DROP TRIGGER IF EXISTS journal_refuse ON registry_product;
DROP TRIGGER IF EXISTS journal_record ON registry_productstatus; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_productstatus; DROP TRIGGER IF EXISTS journal_refuse ON registry_productstatus;
DROP TRIGGER IF EXISTS journal_record ON registry_labelfacts; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_labelfacts; DROP TRIGGER IF EXISTS journal_refuse ON registry_labelfacts;
DROP TRIGGER IF EXISTS journal_record ON registry_productname; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_productname; DROP TRIGGER IF EXISTS journal_refuse ON registry_productname;
DROP TRIGGER IF EXISTS journal_record ON registry_account; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_account; DROP TRIGGER IF EXISTS journal_refuse ON registry_account;
DROP TRIGGER IF EXISTS journal_record ON registry_activity; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_activity; DROP TRIGGER IF EXISTS journal_refuse ON registry_activity;
DROP TRIGGER IF EXISTS journal_record ON registry_packrelease; DROP TRIGGER IF EXISTS journal_no_truncate ON registry_packrelease; DROP TRIGGER IF EXISTS journal_refuse ON registry_packrelease;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
