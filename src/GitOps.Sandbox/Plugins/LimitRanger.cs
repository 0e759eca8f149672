using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Plugins;

/// <summary>What the LimitRanges of a namespace give to containers that ask for nothing, and what they do not allow.</summary>
internal static class LimitRanger
{
    private const string Annotation = "kubernetes.io/limit-ranger";

    private static readonly GroupResource Ranges = new(string.Empty, "limitranges");
    private static readonly GroupResource Claims = new(string.Empty, "persistentvolumeclaims");

    /// <summary>The defaults of the kind itself: what is at most allowed is what is given, and what is given is asked for.</summary>
    public static void Complete(JsonObject range)
    {
        foreach (var limit in range.Object("spec").Objects("limits").Where(static limit => limit.Text("type") == "Container"))
        {
            Fill(limit, "default", "max");
            Fill(limit, "defaultRequest", "default");
            Fill(limit, "defaultRequest", "min");
        }
    }

    /// <summary>Fills in what the containers of a new pod leave open.</summary>
    public static void Admit(AdmissionRequest request)
    {
        if (request.Storage != AdmissionPlugins.Pods || request.Operation != AdmissionRequest.Create || request.Subresource.Length > 0)
        {
            return;
        }

        foreach (var range in RangesOf(request))
        {
            Admit(request.Object!, range);
        }
    }

    /// <exception cref="ApiError">403: an object asks for too much or too little.</exception>
    public static void Validate(AdmissionRequest request)
    {
        var isPod = request.Storage == AdmissionPlugins.Pods && request.Operation == AdmissionRequest.Create;
        if ((!isPod && request.Storage != Claims) || request.Object is not { } json || request.Subresource.Length > 0
            || request.OldObject.Object("metadata")?["deletionTimestamp"] is not null)
        {
            return;
        }

        foreach (var range in RangesOf(request))
        {
            var mistakes = (isPod ? PodMistakes(json.Object("spec"), range) : ClaimMistakes(json.Object("spec"), range)).ToList();
            if (mistakes.Count > 0)
            {
                throw ApiError.Forbidden(
                    request.Storage, request.DisplayName, mistakes.Count == 1 ? mistakes[0] : $"[{string.Join(", ", mistakes)}]");
            }
        }
    }

    private static IEnumerable<JsonObject> RangesOf(AdmissionRequest request) =>
        request.Cluster.Store.Table(Ranges).Objects.TryGetValue(request.Namespace, out var names)
            ? names.Values.Select(static stored => ResourceCatalog.BuiltIn.FindStored(Ranges)!.Read(stored))
            : [];

    private static void Fill(JsonObject limit, string name, string from)
    {
        foreach (var (resource, amount) in limit.Object(from) ?? [])
        {
            if (amount is not null)
            {
                limit.ObjectOrNew(name).Default(resource, amount.DeepClone());
            }
        }
    }

    private static void Admit(JsonObject pod, JsonObject range)
    {
        var (requests, limits) = (new JsonObject(), new JsonObject());
        foreach (var limit in range.Object("spec").Objects("limits").Where(static limit => limit.Text("type") == "Container"))
        {
            Copy(limit.Object("defaultRequest"), requests);
            Copy(limit.Object("default"), limits);
        }

        var notes = new List<string>();
        foreach (var (list, what) in ((string, string)[])[("containers", "container"), ("initContainers", "init container")])
        {
            foreach (var container in pod.Object("spec").Objects(list))
            {
                Note(Missing(container, "requests", requests), "request", what, container, notes);
                Note(Missing(container, "limits", limits), "limit", what, container, notes);
            }
        }

        if (notes.Count > 0)
        {
            MetadataRules.Of(pod).ObjectOrNew("annotations")[Annotation] = "LimitRanger plugin set: " + string.Join("; ", notes);
        }
    }

    private static void Copy(JsonObject? from, JsonObject to)
    {
        foreach (var (name, amount) in from ?? [])
        {
            to[name] = amount?.DeepClone();
        }
    }

    private static List<string> Missing(JsonObject container, string side, JsonObject defaults)
    {
        var missing = defaults.Where(entry => container.Object("resources").Object(side)?[entry.Key] is null).Select(static entry => entry.Key)
            .Order(StringComparer.Ordinal).ToList();
        foreach (var name in missing)
        {
            container.ObjectOrNew("resources").ObjectOrNew(side)[name] = defaults[name]?.DeepClone();
        }

        return missing;
    }

    private static void Note(List<string> names, string side, string what, JsonObject container, List<string> notes)
    {
        if (names.Count > 0)
        {
            notes.Add($"{string.Join(", ", names)} {side} for {what} {container.Text("name")}");
        }
    }

    private static IEnumerable<string> PodMistakes(JsonObject? spec, JsonObject range)
    {
        foreach (var limit in range.Object("spec").Objects("limits"))
        {
            IEnumerable<(Amounts Requests, Amounts Limits)> subjects = limit.Text("type") switch
            {
                "Container" => spec.Objects("containers").Concat(spec.Objects("initContainers")).Select(static container => (
                    Amounts.Read(container.Object("resources").Object("requests")), Amounts.Read(container.Object("resources").Object("limits")))),
                "Pod" => [(Amounts.OfPod(spec, "requests"), Amounts.OfPod(spec, "limits"))],
                _ => [],
            };
            foreach (var mistake in subjects.SelectMany(subject => Mistakes(limit, subject.Requests, subject.Limits)))
            {
                yield return mistake;
            }
        }
    }

    private static IEnumerable<string> Mistakes(JsonObject limit, Amounts requests, Amounts limits)
    {
        var type = limit.Text("type");
        foreach (var (name, least) in Amounts.Read(limit.Object("min")))
        {
            var problem = !requests.TryGetValue(name, out var asked) ? ".  No request is specified"
                : asked.Value < least.Value ? $", but request is {asked}"
                : limits.TryGetValue(name, out var allowed) && allowed.Value < least.Value ? $", but limit is {allowed}"
                : null;
            if (problem is not null)
            {
                yield return $"minimum {name} usage per {type} is {least}{problem}";
            }
        }

        foreach (var (name, most) in Amounts.Read(limit.Object("max")))
        {
            var problem = !limits.TryGetValue(name, out var allowed) ? ".  No limit is specified"
                : allowed.Value > most.Value ? $", but limit is {allowed}"
                : requests.TryGetValue(name, out var asked) && asked.Value > most.Value ? $", but request is {asked}"
                : null;
            if (problem is not null)
            {
                yield return $"maximum {name} usage per {type} is {most}{problem}";
            }
        }

        foreach (var (name, ratio) in Amounts.Read(limit.Object("maxLimitRequestRatio")))
        {
            if (RatioProblem(ratio, requests.GetValueOrDefault(name).Value, limits.GetValueOrDefault(name).Value) is { } problem)
            {
                yield return $"{name} max limit to request ratio per {type} is {ratio}, but {problem}";
            }
        }
    }

    private static string? RatioProblem(Amount ratio, decimal request, decimal limit) =>
        request == 0 ? "no request is specified or request is 0"
        : limit == 0 ? "no limit is specified or limit is 0"
        : limit / request > ratio.Value ? $"provided ratio is {(limit / request).ToString("F6", CultureInfo.InvariantCulture)}"
        : null;

    private static IEnumerable<string> ClaimMistakes(JsonObject? spec, JsonObject range)
    {
        var requests = Amounts.Read(spec.Object("resources").Object("requests"));
        foreach (var limit in range.Object("spec").Objects("limits").Where(static limit => limit.Text("type") == "PersistentVolumeClaim"))
        {
            foreach (var (name, least) in Amounts.Read(limit.Object("min")))
            {
                if (ClaimProblem(requests, name, asked => asked < least.Value) is { } problem)
                {
                    yield return $"minimum {name} usage per PersistentVolumeClaim is {least}{problem}";
                }
            }

            foreach (var (name, most) in Amounts.Read(limit.Object("max")))
            {
                if (ClaimProblem(requests, name, asked => asked > most.Value) is { } problem)
                {
                    yield return $"maximum {name} usage per PersistentVolumeClaim is {most}{problem}";
                }
            }
        }
    }

    private static string? ClaimProblem(Amounts requests, string name, Func<decimal, bool> isWrong) =>
        !requests.TryGetValue(name, out var asked) ? ".  No request is specified"
        : isWrong(asked.Value) ? $", but request is {asked}"
        : null;
}
