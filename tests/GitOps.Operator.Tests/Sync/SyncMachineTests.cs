using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Tests.Sync;

public sealed class SyncMachineTests
{
    /// <summary>
    /// Waves of tasks, parted by <c>|</c>: <c>a</c> an object, <c>h</c> a hook, <c>p</c> something to prune, each followed by how it
    /// stands: <c>?</c> has to be done, <c>~</c> under way, <c>+</c> done, <c>!</c> failed. And what comes next.
    /// </summary>
    public static TheoryData<string, string> Decisions => new()
    {
        { "", "complete" },
        { "a+ h+ p+ | a+", "complete" },
        { "a? a+ a? | a?", "run a? a?" },
        { "a+ a~ | a?", "wait a~" },
        { "a+ h~ | a?", "wait h~" },
        { "a+ | a?", "run a?" },

        // One that fails does not stop the others of its wave, and stops the next.
        { "a! a? h? | a?", "run a? h?" },
        { "a! a+ | a?", "fail a!" },
        { "h! | a?", "fail h!" },
        { "a+ | a! a+ | a?", "fail a!" },

        // After a failure only hooks are let come to their end.
        { "a! a~ | a?", "fail a!" },
        { "a! h~ | a?", "wait h~" },
        { "a! h~ a~ | a?", "wait h~" },

        // Nothing is deleted before what comes instead is there, and nothing at all after a failure.
        { "a? p?", "run a?" },
        { "a~ p?", "wait a~" },
        { "a+ p?", "run p?" },
        { "a! p?", "fail a!" },
        { "p? | a?", "run p?" },
        { "a+ p~ | a?", "wait p~" },
        { "a+ p! | a?", "fail p!" },
        { "h~ p~", "wait h~ p~" },

        // What is still going may need what goes after it.
        { "a+ p~ p? | a?", "wait p~" },
        { "a+ p+ p? | a?", "run p?" },
    };

    [Theory]
    [MemberData(nameof(Decisions))]
    public async Task What_comes_next_follows_from_how_the_tasks_stand(string waves, string expected)
    {
        var states = new Dictionary<SyncTask, TaskProgress>();
        var batches = ImmutableArray.CreateBuilder<SyncBatch>();
        foreach (var (wave, number) in waves.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static (wave, i) => (wave, i)))
        {
            var tasks = ImmutableArray.CreateBuilder<SyncTask>();
            foreach (var (word, index) in wave.Split(' ').Select(static (word, i) => (word, i)))
            {
                var kind = word[0] switch { 'a' => TaskKind.Apply, 'h' => TaskKind.Hook, _ => TaskKind.Prune };
                var task = new SyncTask(kind, SyncPhase.Sync, number, new ObjectKey(string.Empty, "ConfigMap", "home", $"{number}-{index}"));
                states[task] = word[1] switch
                {
                    '?' => TaskProgress.Waiting,
                    '~' => TaskProgress.Running,
                    '+' => TaskProgress.Succeeded,
                    _ => TaskProgress.Failed,
                };
                tasks.Add(task);
            }

            batches.Add(new(SyncPhase.Sync, number, tasks.ToImmutable()));
        }

        var decision = await SyncMachine.NextAsync(batches.ToImmutable(), task => new(new TaskState(states[task])));

        (decision switch
        {
            SyncDecision.Run run => Text("run", run.Tasks),
            SyncDecision.Wait wait => Text("wait", wait.On.Select(static item => item.Task)),
            SyncDecision.Fail fail => Text("fail", fail.Failures.Select(static item => item.Task)),
            _ => "complete",
        }).ShouldBe(expected);

        string Text(string what, IEnumerable<SyncTask> tasks) => $"{what} {string.Join(' ', tasks.Select(task => Word(task, states[task])))}";
    }

    private static string Word(SyncTask task, TaskProgress progress) =>
        (task.Kind switch { TaskKind.Apply => "a", TaskKind.Hook => "h", _ => "p" })
        + (progress switch { TaskProgress.Waiting => "?", TaskProgress.Running => "~", TaskProgress.Succeeded => "+", _ => "!" });
}
