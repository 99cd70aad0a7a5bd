"""Runs jupyter_kernel_test against one kernel and tells what became of each test. A program of its own:

python -m tests.conformance.trying <kernel name> <folder> [--welcome]
"""

from __future__ import annotations

import json
import sys
import unittest
from typing import TYPE_CHECKING, ClassVar

import jupyter_kernel_test  # type: ignore[import-untyped]  # it says nothing of its types
from jupyter_client.manager import KernelManager

from jupyter_envs.kernels import EnvironmentKernelSpecManager

if TYPE_CHECKING:
    from jupyter_client.blocking.client import BlockingKernelClient

SECONDS = 60
ATTEMPTS = 3
PREFIX = "__import__('sys').prefix"


class Kernel(jupyter_kernel_test.KernelTests):  # type: ignore[misc]  # it has no types
    """What the kernel of Python must do, in words that Python 2.7 understands too."""

    folder: ClassVar[str]
    prefix: ClassVar[str] = ""

    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; sys.stderr.write('test')"
    completion_samples: ClassVar = [{"text": "zi", "matches": {"zip"}}]
    complete_code_samples: ClassVar = ["1", "print('hello, world')", "def f(x):\n  return x*2\n\n\n"]
    incomplete_code_samples: ClassVar = ["print('''hello", "def f(x):\n  x*2"]
    invalid_code_samples: ClassVar = ["import = 7q"]
    code_page_something = "zip?"
    code_generate_error = "raise"
    code_execute_result: ClassVar = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
    ]
    code_display_data: ClassVar = [
        {"code": "from IPython.display import HTML, display; display(HTML('<b>test</b>'))", "mime": "text/html"},
        {"code": "from IPython.display import Math; display(Math('\\\\frac{1}{2}'))", "mime": "text/latex"},
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "search")
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"

    @classmethod
    def setUpClass(cls) -> None:
        """Through our kernel spec manager, which finds the environment by itself, and so through our launcher."""
        cls.km = start(cls.kernel_name, cls.folder)
        cls.kc = client_of(cls.km)
        Kernel.prefix = ask(cls.kc)

    def test_interrupt(self) -> None:
        self.flush_channels()
        message = self.kc.execute("import sys, time; print('begun'); sys.stdout.flush(); time.sleep(600)")
        while self.kc.get_iopub_msg(timeout=SECONDS)["msg_type"] != "stream":
            pass
        self.km.interrupt_kernel()
        reply = self.kc.get_shell_msg(timeout=SECONDS)
        assert reply["parent_header"]["msg_id"] == message
        assert reply["content"]["ename"] == "KeyboardInterrupt"

    def test_restart(self) -> None:
        self.flush_channels()
        self.km.restart_kernel(now=True)
        self.kc.wait_for_ready(timeout=SECONDS)
        assert ask(self.kc) == Kernel.prefix


class Welcome(jupyter_kernel_test.IopubWelcomeTests):  # type: ignore[misc]  # as above
    """The message that newer kernels begin with."""

    folder: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        """Before it is ready."""
        cls.km = start(cls.kernel_name, cls.folder)
        cls.kc = cls.km.client()


def start(name: str, folder: str) -> KernelManager:
    """A kernel in a folder."""
    manager = KernelManager(kernel_name=name, kernel_spec_manager=EnvironmentKernelSpecManager())
    manager.start_kernel(cwd=folder)
    return manager


def client_of(manager: KernelManager) -> BlockingKernelClient:
    """A client of a kernel that answers."""
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    return client


def ask(client: BlockingKernelClient) -> str:
    """Where the kernel runs."""
    reply = client.execute("", user_expressions={"prefix": PREFIX}, reply=True, timeout=SECONDS)
    told: str = reply["content"]["user_expressions"]["prefix"]["data"]["text/plain"]
    return told.strip("u'\"")


class Outcomes(unittest.TestResult):
    """What became of each test, by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, str] = {}
        self.again: list[unittest.TestCase] = []

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 -- unittest's name
        name = test.id().rpartition(".")[2]
        wrong = [text for of, text in (*self.failures, *self.errors) if of.id().startswith(test.id())]
        skipped = any(of is test for of, _ in self.skipped)
        self.told[name] = f"failed: {wrong[-1]}" if wrong else "skipped" if skipped else "passed"
        if wrong:
            self.again.append(test)


def main(name: str, folder: str, *options: str) -> None:
    """Prints the outcomes as JSON. What fails is tried again in a new kernel: some tests wait 0.1 s and no longer."""
    for case in (Kernel, Welcome):
        case.kernel_name, case.folder = name, folder
    Welcome.support_iopub_welcome = "--welcome" in options
    cases: list[type[unittest.TestCase]] = [Kernel, *([Welcome] if "--welcome" in options else [])]
    tests = [test for case in cases for test in unittest.defaultTestLoader.loadTestsFromTestCase(case)]
    told: dict[str, str] = {}
    for _ in range(ATTEMPTS):
        outcomes = Outcomes()
        unittest.TestSuite(tests).run(outcomes)
        assert outcomes.told or not tests, outcomes.errors  # it did not even start
        told |= outcomes.told
        tests = outcomes.again  # type: ignore[assignment]  # they are tests of that list
    print(json.dumps({"prefix": Kernel.prefix, "outcomes": told}))


if __name__ == "__main__":
    main(*sys.argv[1:])
