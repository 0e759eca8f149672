using System.Globalization;
using System.Text;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Testing.Repositories;

namespace GitOps.Manifests.Tests.Trees;

/// <summary>
/// Random repositories and random commits: what is kept is what would be rendered, errors too, and only what reads otherwise is
/// rendered. Seeds from 1 to <c>GITOPS_TEST_REPOSITORIES</c>.
/// </summary>
public sealed class RecordedInputsPropertyTests
{
    private const int Commits = 15;

    private static readonly int Seeds = int.Parse(
        Environment.GetEnvironmentVariable("GITOPS_TEST_REPOSITORIES") ?? "40", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_kept_is_what_would_be_rendered_and_nothing_is_rendered_for_nothing()
    {
        var counts = new Counts();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var repository = new RandomRepository(seed);
            var commits = new RandomCommits(seed);
            var kept = new Outcome?[RandomRepository.Applications.Count];
            for (var commit = 0; commit <= Commits; commit++)
            {
                var said = commit == 0 ? "start" : commits.Next(repository.Files);
                var tree = TreeOf(repository);
                for (var i = 0; i < kept.Length; i++)
                {
                    kept[i] = await NextAsync(kept[i], tree, RandomRepository.Applications[i], counts, $"seed {seed}, commit {commit} ({said}), {RandomRepository.Applications[i]}");
                }
            }
        }

        TestContext.Current.SendDiagnosticMessage("{0}", counts);
        counts.Kept.ShouldBeGreaterThan(Seeds * Commits * 6);
        counts.KeptErrors.ShouldBeGreaterThan(Seeds * Commits);
        counts.Rendered.ShouldBeGreaterThan(Seeds * Commits);
        counts.Changed.ShouldBeGreaterThan(Seeds * Commits / 2);
    }

    private static async Task<Outcome> NextAsync(Outcome? before, ISourceTree tree, RepositoryApplication application, Counts counts, string place)
    {
        var fresh = await RenderAsync(tree, application);
        if (before is null)
        {
            return fresh;
        }

        var holds = await before.Inputs.HoldAsync(tree, Cancellation);
        var coarse = await before.Inputs.Coarse().HoldAsync(tree, Cancellation);
        (coarse && !holds).ShouldBeFalse($"{place}: the coarse record holds, and the exact one does not");
        if (holds)
        {
            fresh.Text.ShouldBe(before.Text, place);
            counts.Kept++;
            counts.KeptErrors += fresh.IsError ? 1 : 0;
            counts.KeptCoarse += coarse ? 1 : 0;
            return before;
        }

        (await before.Log.DifferenceAsync(tree, Cancellation)).ShouldNotBeNull($"{place}: rendered again, though nothing that it read differs");
        counts.Rendered++;
        counts.Changed += fresh.Text == before.Text ? 0 : 1;
        return fresh;
    }

    private static async Task<Outcome> RenderAsync(ISourceTree tree, RepositoryApplication application)
    {
        var log = new LoggedTree(tree);
        var recording = new RecordingSourceTree(log);
        try
        {
            var result = await SourceDetection.DetectAsync(recording, application.Path, Cancellation) switch
            {
                SourceKind.Kustomize => await KustomizeRenderer.RenderAsync(recording, new(application.Path) { Overrides = Overrides(application) }, Cancellation),
                SourceKind.Directory => await PlainRenderer.RenderAsync(
                    recording, new(application.Path, application.Recurse, application.Include, application.Exclude), Cancellation),
                _ => throw new ManifestException(new ManifestError(application.Path, null, "a chart")),
            };
            var objects = result.Objects.Select(static item => $"{item.Location} {KubernetesJson.ToText(item.Object.Json)}");
            return new(string.Join('\n', objects.Concat(result.Warnings)), IsError: false, recording.Inputs, log);
        }
        catch (Exception exception) when (exception is ManifestException or SourceTreeException)
        {
            return new($"{exception.GetType().Name}: {exception.Message}", IsError: true, recording.Inputs, log);
        }
    }

    private static KustomizeOverrides Overrides(RepositoryApplication application) => new()
    {
        NamePrefix = application.NamePrefix,
        Components = application.Components is { } component ? [component] : [],
        IgnoreMissingComponents = true,
        Patches = application.PatchPath is { } path ? [new(path, null, null, AllowNameChange: false, AllowKindChange: false)] : [],
    };

    /// <summary>Submodules and modes do not exist here: there they are files, and an empty file.</summary>
    private static MemorySourceTree TreeOf(RandomRepository repository) => new(
        repository.Files.Where(static file => file.Value.Kind != EntryKind.Link)
            .Select(static file => KeyValuePair.Create(file.Key, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(file.Value.Text))),
        repository.Files.Where(static file => file.Value.Kind == EntryKind.Link).Select(static file => KeyValuePair.Create(file.Key, file.Value.Text)));

    private sealed record Outcome(string Text, bool IsError, RecordedInputs Inputs, LoggedTree Log);

    private sealed class Counts
    {
        public int Kept { get; set; }

        public int KeptErrors { get; set; }

        public int KeptCoarse { get; set; }

        public int Rendered { get; set; }

        public int Changed { get; set; }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"kept {Kept}, errors among them {KeptErrors}, coarse {KeptCoarse}; rendered {Rendered}, to something else {Changed}");
    }
}
