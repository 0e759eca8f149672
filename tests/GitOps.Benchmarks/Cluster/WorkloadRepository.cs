using System.Globalization;
using GitOps.Manifests;

namespace GitOps.Benchmarks.Cluster;

/// <summary>A Git repository with the manifests of some of a workload's Applications, one file for each object.</summary>
internal sealed class WorkloadRepository
{
    private readonly string _directory;
    private readonly Workload _workload;

    private WorkloadRepository(string directory, Workload workload) => (_directory, _workload) = (directory, workload);

    public string Url => new Uri(_directory).AbsoluteUri;

    public static async Task<WorkloadRepository> CreateAsync(
        string directory, Workload workload, IEnumerable<int> applications, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var repository = new WorkloadRepository(directory, workload);
        await repository.GitAsync(cancellationToken, "init", "--quiet", "--initial-branch=main");
        foreach (var application in applications)
        {
            for (var index = 0; index < workload.Objects; index++)
            {
                repository.Write(application, index, "1");
            }
        }

        await repository.CommitAsync("Add everything", cancellationToken);
        return repository;
    }

    /// <summary>Changes the first ConfigMap of one Application.</summary>
    /// <returns>The commit's id.</returns>
    public async Task<string> ChangeAsync(int application, string value, CancellationToken cancellationToken)
    {
        Write(application, 0, value);
        return await CommitAsync($"Set {_workload.ApplicationName(application)} to {value}", cancellationToken);
    }

    private void Write(int application, int index, string value)
    {
        var file = Path.Combine(_directory, Workload.PathOf(application), string.Create(CultureInfo.InvariantCulture, $"{index:D4}.yaml"));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var writer = new StreamWriter(file);
        ManifestWriter.WriteYaml(writer, [_workload.Object(application, index, value)]);
    }

    private async Task<string> CommitAsync(string subject, CancellationToken cancellationToken)
    {
        await GitAsync(cancellationToken, "add", "--all");
        await GitAsync(cancellationToken, "commit", "--quiet", "--message", subject);
        return (await GitAsync(cancellationToken, "rev-parse", "HEAD")).Trim();
    }

    private Task<string> GitAsync(CancellationToken cancellationToken, params string[] arguments) => GitCommand.RunAsync(
        _directory,
        ["-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com", "-c", "commit.gpgSign=false", "-c", "gc.auto=0", .. arguments],
        cancellationToken);
}
