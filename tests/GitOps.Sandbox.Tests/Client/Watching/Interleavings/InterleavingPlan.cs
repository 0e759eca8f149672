using System.Collections.Immutable;
using GitOps.Kubernetes.Watching;

namespace GitOps.Sandbox.Tests.Client.Watching.Interleavings;

/// <summary>What one step does.</summary>
internal enum StepKind
{
    Create,
    Update,
    Patch,
    Relabel,
    Delete,
    Recreate,
    DeleteCollection,
    HoldByFinalizer,
    ReleaseFinalizer,
    Burst,
    WriteElsewhere,
    Settle,
    AdvanceClock,
    TickBookmarks,
    DropStream,
    AbortStream,
    AbortConnection,
    HalfLine,
    Silence,
    BeginStall,
    EndStall,
    BeginSlowBookmarks,
    EndSlowBookmarks,
    RefuseWatches,
    PageOfGateway,
    RefuseHandshakes,
    GoAway,
    Restart,
    StopAndStart,
    Expire,
    Compact,
    CompactAndCut,
    TooLargeVersion,
    WriteDuringList,
    ExpirePage,
    TruncateList,
    CutList,
    RefuseLists,
    RemoveDefinition,
    ReturnDefinition,
}

/// <param name="Kind">What it does.</param>
/// <param name="Name">Of the object it does it to; empty where that makes no sense.</param>
/// <param name="Number">Makes values different, and picks variants.</param>
internal sealed record Step(StepKind Kind, string Name, int Number)
{
    /// <summary>Whether a list is what has to follow, and not a resumed stream.</summary>
    public bool IsReasonToList => Kind is StepKind.Expire or StepKind.Compact or StepKind.CompactAndCut or StepKind.WriteDuringList or StepKind.TooLargeVersion
        or StepKind.RemoveDefinition or StepKind.ReturnDefinition;

    public override string ToString() => Name.Length == 0 ? $"{Kind}#{Number}" : $"{Kind}({Name})#{Number}";
}

/// <summary>What happens in one interleaving, made from its seed alone.</summary>
/// <param name="Seed">From which all the rest follows.</param>
/// <param name="IsCustom">A custom resource of its own definition in place of ConfigMaps.</param>
/// <param name="Options">How the informer watches.</param>
/// <param name="IsSyncedFirst">Whether the first list is awaited before anything else happens.</param>
/// <param name="Present">Objects that are there before the informer starts.</param>
/// <param name="Steps">What happens.</param>
internal sealed record InterleavingPlan(
    int Seed, bool IsCustom, WatchOptions Options, bool IsSyncedFirst, ImmutableArray<string> Present, ImmutableArray<Step> Steps)
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e"];

    private static readonly (StepKind Kind, int Weight)[] Weights =
    [
        (StepKind.Create, 12), (StepKind.Update, 12), (StepKind.Patch, 6), (StepKind.Relabel, 8), (StepKind.Delete, 10), (StepKind.Recreate, 6),
        (StepKind.DeleteCollection, 2), (StepKind.HoldByFinalizer, 2), (StepKind.ReleaseFinalizer, 2), (StepKind.Burst, 5),
        (StepKind.WriteElsewhere, 4), (StepKind.Settle, 8), (StepKind.AdvanceClock, 6), (StepKind.TickBookmarks, 4),
        (StepKind.DropStream, 4), (StepKind.AbortStream, 4), (StepKind.AbortConnection, 2), (StepKind.HalfLine, 4), (StepKind.Silence, 2),
        (StepKind.BeginStall, 4), (StepKind.EndStall, 4), (StepKind.BeginSlowBookmarks, 3), (StepKind.EndSlowBookmarks, 3),
        (StepKind.RefuseWatches, 3), (StepKind.PageOfGateway, 2), (StepKind.RefuseHandshakes, 1), (StepKind.GoAway, 2), (StepKind.Restart, 1),
        (StepKind.StopAndStart, 1), (StepKind.Expire, 3), (StepKind.Compact, 2), (StepKind.CompactAndCut, 4), (StepKind.TooLargeVersion, 1), (StepKind.WriteDuringList, 4),
        (StepKind.ExpirePage, 2), (StepKind.TruncateList, 2), (StepKind.CutList, 2), (StepKind.RefuseLists, 2),
    ];

    private static readonly int AllWeights = Weights.Sum(static weight => weight.Weight);

    public bool HasReasonToList => !IsSyncedFirst || Steps.Any(static step => step.IsReasonToList);

    public static InterleavingPlan Make(int seed)
    {
        var dice = new Random(seed);
        var isCustom = dice.Next(4) == 0;
        var options = new WatchOptions(
            LabelSelector: dice.Next(2) == 0 ? "app=x" : null,
            MetadataOnly: dice.Next(4) == 0,
            StreamingList: dice.Next(10) < 6,
            PageSize: dice.Next(3) == 0 ? 500 : 2);
        ImmutableArray<string> present = [.. Names.Where(_ => dice.Next(2) == 0)];
        var isSyncedFirst = dice.Next(3) > 0;
        var steps = ImmutableArray.CreateBuilder<Step>();
        var count = dice.Next(6, 19);
        var isRemoved = false;
        for (var i = 0; i < count; i++)
        {
            if (isCustom && dice.Next(8) == 0)
            {
                steps.Add(new(isRemoved ? StepKind.ReturnDefinition : StepKind.RemoveDefinition, string.Empty, i));
                isRemoved = !isRemoved;
            }
            else
            {
                var kind = Pick(dice);
                steps.Add(new(kind, kind <= StepKind.Burst && kind != StepKind.DeleteCollection ? Names[dice.Next(Names.Length)] : string.Empty, dice.Next(1000)));
            }
        }

        return new(seed, isCustom, options, isSyncedFirst, present, steps.ToImmutable());
    }

    public override string ToString() =>
        $"seed {Seed} ({(IsCustom ? "custom resource" : "ConfigMaps")}, {Options}, {(IsSyncedFirst ? "synced first" : "at once")}, "
        + $"present: {string.Join(' ', Present)}): {string.Join(", ", Steps)}";

    private static StepKind Pick(Random dice)
    {
        var left = dice.Next(AllWeights);
        foreach (var (kind, weight) in Weights)
        {
            left -= weight;
            if (left < 0)
            {
                return kind;
            }
        }

        throw new InvalidOperationException("the weights do not add up");
    }
}
