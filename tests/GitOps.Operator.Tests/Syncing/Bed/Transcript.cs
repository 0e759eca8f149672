using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>What happens, in lines for people: each write in its order, and of a status what it says anew.</summary>
internal sealed class Transcript
{
    private static readonly string[] Told = [.. Conditions.OfGates, Conditions.Ready, Conditions.SpecValid, Conditions.HealBlocked, Conditions.DeletionBlocked];

    private static readonly (string Word, string Field)[] OfOperation =
    [
        ("id", "id"), ("started", "startedAt"), ("finished", "finishedAt"), ("retries", "retryCount"), ("again at", "retryAt"), ("trigger", "trigger"), ("approved by", "approvedBy"), ("token", "token"),
        ("in place of", "supersedes"), ("attempt", "attemptStartedAt"), ("resumed", "resumedAt"), ("by", "initiatedBy"),
    ];

    private readonly List<string> _lines = [];

    /// <summary>What the last lines ask.</summary>
    private readonly List<MemoryCall> _asked = [];
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    public static string NameOf(ObjectKey key) =>
        key.Namespace is "team-a" or "" ? $"{key.Kind}/{key.Name}" : $"{key.Kind}/{key.Namespace}/{key.Name}";

    public IReadOnlyList<string> Take()
    {
        var taken = _lines.ToList();
        _lines.Clear();
        _asked.Clear();
        return taken;
    }

    public void Say(string line)
    {
        _asked.Clear();
        _lines.Add(Line(line));
    }

    public void Tell(MemoryCall call)
    {
        switch (call)
        {
            case { Verb: "get" or "list" } or { Key.Kind: "SelfSubjectReview" }:
                break;
            case { Key.Kind: "Event", Body: { } body }:
                Say($"event {body["type"]} {body["reason"]}: {body["note"]}");
                break;
            case { Key.Kind: "Event" }:
                break;
            case { Key.Kind: Names.ApplicationKind, Subresource: "status", Verb: "apply" }:
                TellStatus(call.Key.Name, (JsonObject)call.Body!["status"]!);
                break;
            case { Key.Kind: Names.ResourceInventoryKind, Body: { } page }:
                Say($"store inventory: {Entries(page)}");
                break;
            case { Verb: "patch" } when call.Detail.Contains("/metadata/finalizers/", StringComparison.Ordinal) && call.Key.Kind != Names.ApplicationKind:
                Say($"let go {NameOf(call.Key)}{As(call)}");
                break;
            default:
                var what = call.Detail.Length == 0 ? string.Empty : $" {call.Detail}";
                var text = $"{call.Verb} {NameOf(call.Key)}{As(call)}{what}";
                if (call.IsDryRun)
                {
                    TellAsked(call, text);
                }
                else
                {
                    Say(text);
                }

                break;
        }
    }

    private static string Line(string text) => text.ReplaceLineEndings(" ⏎ ").TrimEnd();

    /// <summary>Several are asked at the same time: they are told by their kinds, whichever came first.</summary>
    private void TellAsked(MemoryCall call, string text)
    {
        var place = _asked.Count;
        while (place > 0 && IsBefore(call, _asked[place - 1]))
        {
            place--;
        }

        _lines.Insert(_lines.Count - (_asked.Count - place), Line($"ask to {text}"));
        _asked.Insert(place, call);
    }

    private static bool IsBefore(MemoryCall call, MemoryCall other)
    {
        var order = string.CompareOrdinal(call.Verb, other.Verb);
        return order < 0 || (order == 0 && KindOrder.Compare(call.Key, other.Key) < 0);
    }

    private static string As(MemoryCall call) => call.User is null ? string.Empty : $" as {call.User[(call.User.LastIndexOf(':') + 1)..]}";

    private static string Entries(JsonObject page)
    {
        var spec = (JsonObject)page["spec"]!;
        var entries = (spec["entries"] as JsonArray ?? []).OfType<JsonObject>().Select(static entry =>
            (entry["fingerprint"] is null ? "?" : string.Empty) + (string.IsNullOrEmpty((string?)entry["desiredHash"]) ? "-" : string.Empty)
            + $"{entry["kind"]}/{entry["name"]}");
        var header = spec["header"] as JsonObject;
        return $"{string.Join(' ', entries)} at {((string?)header?["revision"] is { } revision ? Revisions.Short(revision) : "nothing")}{((bool?)header?["pending"] == true ? ", pending" : string.Empty)}";
    }

    private void TellStatus(string name, JsonObject status)
    {
        var conditions = (status["conditions"] as JsonArray ?? []).OfType<JsonObject>().Where(static item => Told.Contains((string)item["type"]!, StringComparer.Ordinal)).ToList();
        foreach (var condition in conditions)
        {
            var type = (string)condition["type"]!;
            var text = $"{condition["reason"]}: {condition["message"]}";
            TellNews($"{name} {type}", $"{type} {condition["status"]} {text}", isNews: type != Conditions.SpecValid || (string?)condition["status"] != "True");
        }

        foreach (var type in Told.Where(type => _known.ContainsKey($"{name} {type}") && !conditions.Exists(item => (string)item["type"]! == type)))
        {
            _known.Remove($"{name} {type}");
            Say($"{type} gone");
        }

        if (status["operationState"] is JsonObject operation)
        {
            TellOperation(name, operation);
        }
    }

    private void TellOperation(string name, JsonObject operation)
    {
        var progress = operation["progress"] is JsonObject at ? $" at {at["phase"]} {at["wave"]} since {Time(at["since"])}" : string.Empty;
        var more = string.Concat(OfOperation.Select(field => operation[field.Field] is { } value ? $", {field.Word} {Plain(value)}" : string.Empty));
        var said = operation["message"]?.ToString() ?? string.Empty;
        var isTold = _known.GetValueOrDefault($"{name} {Conditions.Ready}")?.EndsWith(said, StringComparison.Ordinal) == true;
        var revision = operation["syncResult"]?["revision"] is { } synced ? $" of {Plain(synced)}"
            : operation["syncResult"]?["revisions"] is JsonArray several ? $" of {string.Join(',', several.Select(static one => Plain(one!)))}"
            : string.Empty;
        TellNews($"{name} operation", $"operation {operation["phase"]}{revision}{progress}{more}{(isTold ? string.Empty : $": {said}")}");
        foreach (var row in (operation["syncResult"]?["resources"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var key = $"{row["kind"]}/{row["name"]}";
            var hook = row["hookType"] is null ? $"{row["status"]}" : $"hook of {row["hookType"]} {row["hookPhase"]?.ToString() ?? "announced"}";
            TellNews($"{name} row {key} {row["hookType"]}", $"  {key} {hook}{(row["message"] is { } message ? $": {message}" : string.Empty)}");
        }
    }

    private static string Plain(JsonNode value) => value switch
    {
        JsonObject fields => string.Join(' ', fields.Select(static field => field.Value?.ToString())),
        JsonValue text when DateTimeOffset.TryParse(text.ToString(), CultureInfo.InvariantCulture, out _) && text.ToString().Contains('T', StringComparison.Ordinal) => Time(text),
        _ => value.ToString() is { Length: 40 } sha ? sha[..7] : value.ToString(),
    };

    private static string Time(JsonNode? value) => DateTimeOffset.Parse(value!.ToString(), CultureInfo.InvariantCulture).ToString("HH:mm:ss.FFF", CultureInfo.InvariantCulture);

    private void TellNews(string about, string text, bool isNews = true)
    {
        if (_known.GetValueOrDefault(about) != text)
        {
            _known[about] = text;
            if (isNews)
            {
                Say(text);
            }
        }
    }
}
