using System.Globalization;
using GitOps.Benchmarks.Cluster;

namespace GitOps.Benchmarks.Rendering;

/// <summary>A Git repository of many overlays over a few bases of five objects each.</summary>
internal sealed class OverlayRepository
{
    public const int Overlays = 1_000;
    public const int Bases = 20;

    private const string Patch = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: app}
        spec:
          replicas: 3
          template:
            spec:
              containers:
              - name: app
                env:
                - {name: MODE, value: overlay}

        """;

    private readonly string _directory;

    private OverlayRepository(string directory) => _directory = directory;

    public string Directory => _directory;

    public string Url => new Uri(_directory).AbsoluteUri;

    public static async Task<OverlayRepository> CreateAsync(string directory, CancellationToken cancellationToken)
    {
        var repository = new OverlayRepository(directory);
        await repository.GitAsync(cancellationToken, "init", "--quiet", "--initial-branch=main");
        KustomizeProgram.Write(directory, Files());
        await repository.CommitAsync(cancellationToken);
        return repository;
    }

    /// <summary>Path to content.</summary>
    public static Dictionary<string, string> Files()
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var number = 0; number < Bases; number++)
        {
            files[$"{BasePath(number)}/kustomization.yaml"] = SampleOverlay.Base(1);
            files[SampleOverlay.FileOf(BasePath(number), 0)] = SampleOverlay.Set("app");
        }

        for (var number = 0; number < Overlays; number++)
        {
            files[$"{PathOf(number)}/kustomization.yaml"] = Overlay(number, "1.0");
            files[$"{PathOf(number)}/patch.yaml"] = Patch;
        }

        return files;
    }

    public static string PathOf(int overlay) => string.Create(CultureInfo.InvariantCulture, $"apps/app-{overlay:D4}");

    /// <summary>Changes the image of one overlay.</summary>
    public async Task ChangeOverlayAsync(int overlay, string tag, CancellationToken cancellationToken)
    {
        KustomizeProgram.Write(_directory, [new($"{PathOf(overlay)}/kustomization.yaml", Overlay(overlay, tag))]);
        await CommitAsync(cancellationToken);
    }

    /// <summary>Changes the objects of one base.</summary>
    public async Task ChangeBaseAsync(int number, int replicas, CancellationToken cancellationToken)
    {
        var text = SampleOverlay.Set("app").Replace("replicas: 2", string.Create(CultureInfo.InvariantCulture, $"replicas: {replicas}"), StringComparison.Ordinal);
        KustomizeProgram.Write(_directory, [new(SampleOverlay.FileOf(BasePath(number), 0), text)]);
        await CommitAsync(cancellationToken);
    }

    private static string BasePath(int number) => string.Create(CultureInfo.InvariantCulture, $"bases/base-{number:D2}");

    private static string Overlay(int number, string tag) => string.Create(CultureInfo.InvariantCulture, $$"""
        resources: [../../{{BasePath(number % Bases)}}]
        namespace: team-{{number}}
        namePrefix: x{{number}}-
        labels:
        - pairs: {environment: production}
          includeSelectors: true
        images:
        - name: registry.example.com/app
          newTag: "{{tag}}"
        configMapGenerator:
        - name: settings
          literals: [LOG_LEVEL=info, NUMBER={{number}}]
        patches:
        - path: patch.yaml

        """);

    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        await GitAsync(cancellationToken, "add", "--all");
        await GitAsync(cancellationToken, "commit", "--quiet", "--message", "Change");
    }

    private Task<string> GitAsync(CancellationToken cancellationToken, params string[] arguments) => GitCommand.RunAsync(
        _directory,
        ["-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com", "-c", "commit.gpgSign=false", "-c", "gc.auto=0", .. arguments],
        cancellationToken);
}
