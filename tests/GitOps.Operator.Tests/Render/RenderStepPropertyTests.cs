using System.Globalization;
using GitOps.Manifests.Tests.Trees;
using GitOps.Operator.Reconcile;
using GitOps.Testing.Repositories;

namespace GitOps.Operator.Tests.Render;

/// <summary>
/// Random commits through the step that renders, over real Git repositories, with restarts in between: after each commit it has
/// what an operator has that never saw another one, errors too, and has rendered only what reads otherwise. Seeds from 1 to
/// <c>GITOPS_TEST_GIT_REPOSITORIES</c>.
/// </summary>
public sealed class RenderStepPropertyTests
{
    private const int Commits = 12;

    private static readonly int Seeds = int.Parse(
        Environment.GetEnvironmentVariable("GITOPS_TEST_GIT_REPOSITORIES") ?? "4", CultureInfo.InvariantCulture);

    [Fact]
    public async Task After_each_commit_the_step_has_what_a_new_operator_renders()
    {
        var (kept, keptErrors, restarts, rendered) = (0, 0, 0, 0);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            using var bed = new RenderBed();
            var random = new Random(seed);
            var states = RandomRepository.Applications.Select(application => new State(application, bed.Start(application))).ToList();
            foreach (var (sha, said) in RepositoryHistory.Write(bed.Repository, seed, Commits))
            {
                foreach (var state in states)
                {
                    var place = $"seed {seed}, {said}, {state.Application}";
                    if (state.Runtime.Target is not null && state.Runtime.RenderFailure is null && random.Next(4) == 0)
                    {
                        state.Runtime = bed.Start(state.Application, bed.InventoryOf(state.Runtime));
                        restarts++;
                    }

                    var before = await bed.RenderingsAsync();
                    var problem = await bed.PassAsync(state.Runtime, sha);
                    (await bed.PassAsync(state.Runtime, sha)).ShouldBe(problem, place);
                    var renderings = await bed.RenderingsAsync() - before;
                    var fresh = bed.Start(state.Application);
                    (await bed.PassAsync(fresh, sha)).ShouldBe(problem, place);
                    var log = bed.Log;
                    if (problem is null)
                    {
                        Text(state.Runtime).ShouldBe(Text(fresh), place);
                    }

                    if (renderings == 0)
                    {
                        kept++;
                        keptErrors += problem is null ? 0 : 1;
                        state.Keep(problem is null);
                        continue;
                    }

                    rendered++;
                    renderings.ShouldBe(1, place);
                    foreach (var read in state.Read)
                    {
                        (await read.DifferenceAsync(await bed.OpenAsync(sha), TestContext.Current.CancellationToken))
                            .ShouldNotBeNull($"{place}: rendered again, though nothing that it read differs");
                    }

                    state.Remember(log, problem is null);
                }
            }
        }

        TestContext.Current.SendDiagnosticMessage(
            "{0}", string.Create(CultureInfo.InvariantCulture, $"kept {kept}, errors among them {keptErrors}; rendered {rendered}; restarts {restarts}"));
        kept.ShouldBeGreaterThan(Seeds * Commits * 6);
        keptErrors.ShouldBeGreaterThan(Seeds * Commits);
        rendered.ShouldBeGreaterThan(Seeds * Commits);
        restarts.ShouldBeGreaterThan(Seeds * Commits / 2);
    }

    private static string Text(ApplicationRuntime runtime) => string.Join(
        '\n', runtime.Target!.Objects.Select(static item => $"{item.Key} {item.DesiredHash}")
            .Concat(runtime.Target.HasContent ? runtime.Target.Unmapped.Select(static item => item.ToString()) : []));

    private sealed class State(RepositoryApplication application, ApplicationRuntime runtime)
    {
        private LoggedTree? _target;
        private LoggedTree? _failure;

        public RepositoryApplication Application => application;

        public ApplicationRuntime Runtime { get; set; } = runtime;

        /// <summary>What the rendering that is kept read, and the failure that is.</summary>
        public IEnumerable<LoggedTree> Read => new[] { _target, _failure }.OfType<LoggedTree>();

        /// <summary>A failure that is over is not kept.</summary>
        public void Keep(bool isGood) => _failure = isGood ? null : _failure;

        public void Remember(LoggedTree log, bool isGood) => (_target, _failure) = isGood ? (log, null) : (_target, log);
    }
}
