"""A Jupyter kernel that is a fork of the warm process: provisioner and manager for papermill (`kernel_manager_class`).

Messages go over IPC sockets with a short absolute path: ports race when kernels start together, files do not.
"""

import os
import tempfile
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from scrm_helpers.run.fork import SOCKET, Child

NAME = "scrm-forked"


class ForkedProvisioner(LocalProvisioner):
    """Launches a kernel as a fork; all else (signals, polling, ending) is the local provisioner's."""

    async def launch_kernel(self, cmd: list[str], **options):
        """Asks the warm process for a kernel with the connection file that `pre_launch` wrote."""
        file = self.parent.connection_file
        request = {
            "kernel": file, "env": dict(options.get("env") or os.environ), "cwd": str(options.get("cwd") or os.getcwd()),
            "log": str(Path(file).with_suffix(".log")),
        }  # fmt: skip
        self.process = Child(os.environ[SOCKET], request)
        self.pid = self.pgid = self.process.pid  # the child called setsid before its pid was told
        self.cwd = request["cwd"]
        return self.connection_info


class Forked:
    """What makes a Jupyter kernel manager speak over IPC with forks; stands before the manager's class."""

    def __init__(self, **options):
        folder = Path(tempfile.mkdtemp(prefix="k", dir=Path(os.environ[SOCKET]).parent))
        super().__init__(transport="ipc", ip=str(folder / "i"), connection_file=str(folder / "c.json"), **options)

    async def _async_pre_start_kernel(self, **options):
        factory = KernelProvisionerFactory.instance(parent=self.parent)
        factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:ForkedProvisioner", factory.GROUP_NAME)
        self.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": NAME}
        return await super()._async_pre_start_kernel(**options)


class ForkedManager(Forked, AsyncKernelManager):
    """The manager that papermill is given."""
