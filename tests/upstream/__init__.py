"""The test suites of jupyter_server and jupyter_client, run with our kernel spec manager in place of the stock one."""
