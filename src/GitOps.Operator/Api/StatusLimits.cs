using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Api;

/// <summary>How much of a status is written, so that an Application of any size stays far below the store's 1.5 MiB.</summary>
internal static class StatusLimits
{
    public const int Resources = 200;
    public const int Drift = 50;
    public const int Changes = 200;
    public const int Hooks = 50;
    public const int Fields = 10;

    /// <summary>Of a whole plan; the rows behind it name none.</summary>
    public const int PlanFields = 500;

    /// <summary>UTF-16 characters of one object's unified diff.</summary>
    public const int Diff = 4096;

    /// <summary>UTF-16 characters of all unified diffs of a plan; the rows behind it have none.</summary>
    public const int PlanDiffs = 64 * 1024;

    public const int Images = 200;
    public const int History = 100;
    public const int HistoryObjects = 10;

    /// <summary>Of so many entries, the newest, the changed objects are kept.</summary>
    public const int HistoryWithObjects = 20;

    /// <summary>UTF-16 characters of a request as JSON. It is never cut, since a restart goes on with it: a larger one is refused.</summary>
    public const int Request = 8192;

    /// <summary>UTF-16 characters of one row's message.</summary>
    public const int RowMessage = 512;

    /// <summary>UTF-16 characters of a condition's, an operation's or a health message; the API server allows 32,768.</summary>
    public const int Message = 4096;

    /// <summary>UTF-16 characters of a commit's subject, author or committer, of a path or of an image.</summary>
    public const int Line = 256;

    /// <summary>Bytes of the whole. What is larger is cut to a half of all the limits above, and again, until it fits.</summary>
    public const int TotalBytes = 640 * 1024;

    private const int SmallestPart = 32;

    public static JsonObject ToJson(ApplicationStatus status)
    {
        for (var part = 1; ; part *= 2)
        {
            var json = ApiJson.ToJson(new Cutter(part).Cut(status), ApiJson.Default.ApplicationStatus);
            if (part == SmallestPart || KubernetesJson.ToUtf8(json).Length <= TotalBytes)
            {
                return json;
            }
        }
    }

    /// <summary>An entry of the history as it is stored while it is the newest.</summary>
    public static HistoryEntry Cut(HistoryEntry entry) => new Cutter(1).Cut(entry, age: 0);

    /// <param name="part">What each limit is divided by.</param>
    private sealed class Cutter(int part)
    {
        public ApplicationStatus Cut(ApplicationStatus status) => status with
        {
            Sync = status.Sync is null ? null : status.Sync with { Commit = Cut(status.Sync.Commit) },
            Health = status.Health is null ? null : status.Health with { Message = Cut(status.Health.Message, Message) },
            Conditions = [.. status.Conditions.Select(item => item with { Message = Cut(item.Message, Message) ?? string.Empty })],
            OperationState = status.OperationState is null
                ? null
                : status.OperationState with
                {
                    Message = Cut(status.OperationState.Message, Message),
                    SyncResult = status.OperationState.SyncResult is not { } result
                        ? null
                        : result with { Resources = Take(result.Resources, Resources, row => row with { Message = Cut(row.Message, RowMessage) }) },
                },
            History = [.. status.History.TakeLast(History / part).Reverse().Select(Cut).Reverse()],
            Resources = Take(status.Resources, Resources, Cut),
            Summary = status.Summary is null ? null : status.Summary with { Images = Take(status.Summary.Images, Images, CutLine) },
            Drift = Take(status.Drift, Drift, Cut),
            ForeignFields = Take(status.ForeignFields, Drift, Cut),
            Contested = Take(status.Contested, Drift, row => row with { Path = Cut(row.Path, Line), Managers = Take(row.Managers, Fields, CutLine) }),
            Plan = status.Plan is null ? null : status.Plan with
            {
                Changes = Cut(status.Plan.Changes),
                Hooks = Take(status.Plan.Hooks, Hooks, static row => row),
            },
        };

        private CommitSummary? Cut(CommitSummary? commit) => commit is null
            ? null
            : commit with
            {
                Author = Cut(commit.Author, Line),
                Committer = Cut(commit.Committer, Line),
                Subject = Cut(commit.Subject, Line),
                Signature = Cut(commit.Signature, Line),
                PullRequest = Cut(commit.PullRequest, Line),
            };

        public HistoryEntry Cut(HistoryEntry entry, int age) => entry with
        {
            Commit = Cut(entry.Commit),
            Objects = age < HistoryWithObjects / part ? Take(entry.Objects, HistoryObjects, static row => row) : [],
        };

        private ResourceRow Cut(ResourceRow row) => row with
        {
            Message = Cut(row.Message, RowMessage),
            Health = row.Health is null ? null : row.Health with { Message = Cut(row.Health.Message, RowMessage) },
        };

        private DriftRow Cut(DriftRow row) => row with
        {
            Fields = Take(row.Fields, Fields, Cut),
        };

        private FieldRow Cut(FieldRow field) => field with
        {
            Path = CutLine(field.Path),
            Desired = Cut(field.Desired, Line),
            Live = Cut(field.Live, Line),
            Manager = Cut(field.Manager, Line),
        };

        private ImmutableArray<PlanRow> Cut(ImmutableArray<PlanRow> rows)
        {
            var (fields, diffs) = (PlanFields / part, PlanDiffs / part);
            return Take(rows, Changes, row =>
            {
                var shown = fields > 0 ? Take(row.Fields, Math.Min(Fields, fields * part), Cut) : [];
                fields -= shown.Length;
                diffs -= row.Diff?.Length ?? 0;
                return row with
                {
                    Fields = shown,
                    Diff = diffs >= 0 ? row.Diff : null,
                    OrphanedFields = Take(row.OrphanedFields, Fields, CutLine),
                    AdoptedFrom = Take(row.AdoptedFrom, Fields, CutLine),
                    SharedWith = Take(row.SharedWith, Fields, CutLine),
                    Message = Cut(row.Message, RowMessage),
                };
            });
        }

        private ImmutableArray<T> Take<T>(ImmutableArray<T> items, int count, Func<T, T> cut) =>
            [.. items.Take(Math.Max(1, count / part)).Select(cut)];

        private string CutLine(string text) => Cut(text, Line) ?? string.Empty;

        private string? Cut(string? text, int limit)
        {
            var length = limit / part;
            if (text is null || text.Length <= length)
            {
                return text;
            }

            // Not between the two halves of a surrogate pair: what is left would be no valid text.
            var end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
            return string.Concat(text.AsSpan(0, end), "…");
        }
    }
}
