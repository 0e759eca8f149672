using GitOps.Operator.Controllers;
using GitOps.Operator.Options;

namespace GitOps.Operator.Commands;

/// <summary>Helm for one command: its directory is made with it, and goes with it.</summary>
internal sealed class HelmWorkspace : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gitops-helm-");

    public HelmWorkspace(OperatorOptions options) =>
        Stage = HelmStage.Create(options with { CacheDirectory = _directory.FullName }, null, null, TimeProvider.System);

    public HelmStage Stage { get; }

    public void Dispose()
    {
        Stage.Dispose();
        _directory.Delete(recursive: true);
    }
}
