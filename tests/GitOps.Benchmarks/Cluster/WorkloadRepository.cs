using System.Globalization;
using GitOps.Manifests;

namespace GitOps.Benchmarks.Cluster;

/// <summary>A Git repository with the manifests of some of a workload's Applications, one file for each object.</summary>
internal sealed class WorkloadRepository
{
    private readonly string _directory;
    private readonly Workload _workload;
    private readonly Func<int, Layout> _layoutOf;

    private WorkloadRepository(string directory, Workload workload, Func<int, Layout> layoutOf) =>
        (_directory, _workload, _layoutOf) = (directory, workload, layoutOf);

    /// <summary>How an Application's directory is made.</summary>
    public enum Layout
    {
        Plain,
        Kustomization,
        Chart,
    }

    public string Url => new Uri(_directory).AbsoluteUri;

    public static async Task<WorkloadRepository> CreateAsync(
        string directory, Workload workload, IEnumerable<int> applications, CancellationToken cancellationToken, Func<int, Layout>? layoutOf = null)
    {
        Directory.CreateDirectory(directory);
        var repository = new WorkloadRepository(directory, workload, layoutOf ?? (static _ => Layout.Plain));
        await repository.GitAsync(cancellationToken, "init", "--quiet", "--initial-branch=main");
        foreach (var application in applications)
        {
            for (var index = 0; index < workload.Objects; index++)
            {
                repository.Write(application, index, "1");
            }

            repository.Describe(application);
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

    /// <summary>Changes the first ConfigMap of every Application.</summary>
    /// <returns>The commit's id.</returns>
    public async Task<string> ChangeAllAsync(string value, CancellationToken cancellationToken)
    {
        for (var application = 0; application < _workload.Applications; application++)
        {
            Write(application, 0, value);
        }

        return await CommitAsync($"Set all to {value}", cancellationToken);
    }

    private static string FileName(int index) => string.Create(CultureInfo.InvariantCulture, $"{index:D4}.yaml");

    private void Describe(int application)
    {
        var directory = Path.Combine(_directory, Workload.PathOf(application));
        switch (_layoutOf(application))
        {
            case Layout.Kustomization:
                File.WriteAllText(
                    Path.Combine(directory, "kustomization.yaml"),
                    "commonAnnotations: {example.com/team: benchmark}\nresources:\n" + string.Concat(Enumerable.Range(0, _workload.Objects).Select(static index => $"- {FileName(index)}\n")));
                break;
            case Layout.Chart:
                File.WriteAllText(Path.Combine(directory, "Chart.yaml"), $"apiVersion: v2\nname: {_workload.ApplicationName(application)}\nversion: 1.0.0\n");
                break;
        }
    }

    private void Write(int application, int index, string value)
    {
        var directory = Path.Combine(_directory, Workload.PathOf(application));
        var file = Path.Combine(_layoutOf(application) == Layout.Chart ? Path.Combine(directory, "templates") : directory, FileName(index));
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
