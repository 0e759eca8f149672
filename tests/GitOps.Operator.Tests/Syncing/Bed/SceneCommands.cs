using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>The lines of a rule that stand at the margin, and what they do.</summary>
internal sealed class SceneCommands(Scene scene)
{
    private const string Spec = """
        {"source":{"repoURL":"https://example.org/a.git","path":"apps/web"},"destination":{"namespace":"team-a"},"syncPolicy":{"automated":{"prune":true}}}
        """;

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    public async Task RunAsync(string line, CancellationToken cancellationToken)
    {
        var (command, rest) = line.Split(' ', 2) is [var word, var more] ? (word, more.Trim()) : (line, string.Empty);
        if (command is "commit" or "push" or "commit-in" or "commit-text" or "operation" or "annotate")
        {
            // No two things that people do happen at the same moment.
            scene.Time.Advance(Moment);
        }

        switch (command)
        {
            case "begin":
                foreach (var name in (string[])["team-a", "gitops-system"])
                {
                    Put(ManifestText.Parse($"Namespace {name}"));
                }

                Put(new JsonObject { ["apiVersion"] = Names.ApiVersion, ["kind"] = Names.ApplicationKind, ["metadata"] = Named("web"), ["spec"] = JsonNode.Parse(Spec) });
                break;
            case "self":
                scene.Cluster.Self = rest;
                break;
            case "blind":
                scene.IsBlind = true;
                break;
            case "lag":
                scene.IsLagging = true;
                break;
            case "no-lag":
                scene.IsLagging = false;
                break;
            case "pass":
                scene.IsBlind = false;
                await scene.PassAsync(cancellationToken);
                break;
            case "run":
                await scene.RunAsync(cancellationToken);
                break;
            case "wait":
                GoDuration.TryParse(rest, out var pause).ShouldBeTrue(rest);
                scene.Time.Advance(pause);
                break;
            case "restart":
                await scene.RestartAsync();
                break;
            case "filter":
                scene.Filter = new ResourceFilter([], [new([], [rest], [])]);
                break;
            case "count":
                await scene.TellCountAsync(rest);
                break;
            case "woken":
                scene.Transcript.Say(scene.Trigger.Take(scene.Application) is { } delay ? $"in {GoDuration.Format(delay)}" : "by nothing");
                break;
            default:
                if (!RunOnApplication(command, rest) && !RunOnRepository(command, rest) && !RunOnFaults(command, rest))
                {
                    RunOnCluster(command, rest);
                }

                break;
        }

        await scene.SettleAsync(cancellationToken);
    }

    private bool RunOnApplication(string command, string rest)
    {
        switch (command)
        {
            case "app":
                var (name, spec) = rest.Split(' ', 2) is [var first, var second] ? (first, second) : (rest, "{}");
                var whole = KubernetesJson.ParseObject(Spec);
                MemoryPatch.Merge(whole, KubernetesJson.ParseObject(spec));
                Put(new JsonObject { ["apiVersion"] = Names.ApiVersion, ["kind"] = Names.ApplicationKind, ["metadata"] = Named(name), ["spec"] = whole });
                return true;
            case "as":
                scene.Application = new("team-a", rest);
                return true;
            case "spec":
                scene.ChangeApplication(application => MemoryPatch.Merge((JsonObject)application["spec"]!, KubernetesJson.ParseObject(rest)));
                return true;
            case "operation":
                scene.ChangeApplication(application => application["operation"] = JsonNode.Parse(rest));
                return true;
            case "terminate":
                scene.ChangeApplication(static application => application["status"]!["operationState"]!["phase"] = "Terminating");
                return true;
            case "status":
                scene.ChangeApplication(application => MemoryPatch.Merge((JsonObject)application["status"]!, KubernetesJson.ParseObject(rest)));
                return true;
            case "annotate":
                Annotate(rest);
                return true;
            case "finalizers":
                scene.ChangeApplication(application => application["metadata"]!["finalizers"] = new JsonArray([.. rest.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static text => (JsonNode)text)]));
                return true;
            case "approve":
                Approve(rest);
                return true;
            case "plan":
                TellPlan();
                return true;
            case "history":
                foreach (var entry in (scene.Cluster.Find(scene.ApplicationKey)!.Json["status"]?["history"] as JsonArray ?? []).OfType<JsonObject>())
                {
                    entry.Remove("commit");
                    entry.Remove("source");
                    scene.Transcript.Say(KubernetesJson.ToText(entry));
                }

                return true;
            default:
                return false;
        }
    }

    private bool RunOnRepository(string command, string rest)
    {
        switch (command)
        {
            case "commit" or "push":
                scene.Repositories.Push(TextOf(rest), command == "commit");
                return true;
            // commit-in REPOSITORY OBJECTS
            case "commit-in":
                var (repository, objects) = rest.Split(' ', 2) is [var letter, var items] ? (letter, items) : (rest, string.Empty);
                scene.Repositories.Push(TextOf(objects), isSeen: true, repository);
                return true;
            case "repository-of":
                var (which, kind) = rest.Split(' ', 2) is [var one, var what] ? (one, what) : (rest, "back");
                scene.Repositories.Fail(which, kind == "back" ? null : new GitException(Enum.Parse<GitFailure>(kind), "the repository says no"));
                return true;
            case "remark":
                scene.Repositories.Warn(rest[..1], rest.Length > 2 ? rest[2..] : null);
                return true;
            case "commit-text":
                scene.Repositories.Push(rest, isSeen: true);
                return true;
            case "repository":
                scene.Repositories.Failure = rest == "back" ? null : new GitException(Enum.Parse<GitFailure>(rest), "the repository says no");
                return true;
            case "commits":
                scene.Repositories.Unreadable = rest == "readable" ? null : new GitException(Enum.Parse<GitFailure>(rest), "the commit cannot be read");
                return true;
            case "polls":
                scene.Transcript.Say($"{scene.Repositories.Polls}");
                return true;
            case "slow-polls":
                scene.Repositories.Polling = new();
                return true;
            case "polled":
                scene.Repositories.Polling!.SetResult();
                scene.Repositories.Polling = null;
                return true;
            case "pinned":
                scene.Transcript.Say(scene.Repositories.Pinned?[..7] ?? "nothing");
                return true;
            default:
                return false;
        }
    }

    private bool RunOnFaults(string command, string rest)
    {
        var words = rest.Split(' ', 5);
        switch (command)
        {
            // refuse VERB TARGET TIMES CODE MESSAGE
            case "refuse":
                scene.Faults.Add(words[0], words[1], int.Parse(words[2], CultureInfo.InvariantCulture),
                    call => SceneFaults.Refusal(words[3], words.Length > 4 ? words[4] : "the server says no", call), isAfter: false);
                return true;
            case "lose":
                scene.Faults.Add(words[0], words[1], 1, static call => SceneFaults.Refusal("unreachable", string.Empty, call), isAfter: true);
                return true;
            case "die-before":
                scene.Faults.Add(words[0], words[1], 1, null, isAfter: false);
                return true;
            case "die-after":
                scene.Faults.Add(words[0], words[1], 1, null, isAfter: true);
                return true;
            case "mend":
                scene.Faults.Clear();
                return true;
            default:
                return false;
        }
    }

    private void RunOnCluster(string command, string rest)
    {
        var (target, more) = rest.Split(' ', 2) is [var first, var second] ? (first, second) : (rest, string.Empty);
        switch (command)
        {
            case "put":
                foreach (var item in ManifestText.ParseAll(rest))
                {
                    Put(item);
                }

                break;
            case "policy":
                foreach (var item in Scene.ShippedObjects)
                {
                    Put((JsonObject)item.Json.DeepClone());
                }

                scene.Time.Advance(TimeSpan.FromSeconds(1));
                break;
            case "edit":
                var resource = scene.Cluster.Discovery.Of(KeyOf(target).Kind);
                scene.Cluster.Patch(resource, KeyOf(target).Namespace, KeyOf(target).Name, PatchType.Merge, JsonNode.Parse(more)!, new("kubectl"));
                break;
            case "ready" or "degraded" or "progressing":
                Report(KeyOf(target), command, more);
                break;
            case "delete":
                scene.Cluster.Delete(scene.Cluster.Discovery.Of(KeyOf(target).Kind), KeyOf(target).Namespace, KeyOf(target).Name, new());
                break;
            case "hold":
                scene.Cluster.Change(KeyOf(target), item =>
                {
                    var finalizers = item["metadata"]!["finalizers"] as JsonArray ?? [];
                    finalizers.Add(more);
                    item["metadata"]!["finalizers"] = finalizers.DeepClone();
                });
                break;
            case "free":
                scene.Cluster.Change(KeyOf(target), item => ((JsonArray)item["metadata"]!["finalizers"]!).RemoveAll(finalizer => finalizer!.ToString() == more));
                break;
            case "drop-pages":
                foreach (var page in scene.Cluster.List(Names.ResourceInventory, string.Empty, null))
                {
                    scene.Cluster.Change(page.Key, static item => item["metadata"]!["finalizers"] = new JsonArray());
                    scene.Cluster.Delete(Names.ResourceInventory, page.Namespace, page.Name, new());
                }

                break;
            case "serve":
                scene.Cluster.Discovery.Serve(MemoryDiscovery.Widget);
                break;
            case "drop":
                scene.Cluster.Discovery.Drop(scene.Cluster.Discovery.Of(target));
                break;
            case "speak":
                scene.Cluster.Discovery.Silent.Clear();
                break;
            case "silence":
                scene.Cluster.Discovery.Silent.Add(target);
                break;
            case "refreshed":
                scene.Transcript.Say($"{scene.Cluster.Discovery.Refreshed}");
                break;
            case "show":
                Show(target, more);
                break;
            case "list":
                var there = string.Join(' ', scene.Cluster.Objects
                    .Where(static item => item.Kind is not ("Event" or "Namespace" or Names.ApplicationKind or Names.ResourceInventoryKind))
                    .Select(static item => Transcript.NameOf(item.Key) + (item.IsTerminating ? "†" : string.Empty)));
                scene.Transcript.Say(there.Length == 0 ? "nothing" : there);
                break;
            default:
                throw new InvalidOperationException($"no rule says '{command}'");
        }
    }

    private static string TextOf(string objects) => string.Join("\n---\n", ManifestText.ParseAll(objects).Select(static item => KubernetesJson.ToText(item)));

    private static JsonObject Named(string name) => new() { ["namespace"] = "team-a", ["name"] = name };

    private void Put(JsonObject item)
    {
        var resource = scene.Cluster.Discovery.Of((string)item["kind"]!);
        var metadata = (JsonObject)item["metadata"]!;
        if (resource.Namespaced && metadata["namespace"] is null)
        {
            metadata["namespace"] = "team-a";
        }

        scene.Cluster.Create(resource, new(item), new("kubectl"));
    }

    private ObjectKey KeyOf(string target)
    {
        var parts = target.Split('/');
        var resource = scene.Cluster.Discovery.Of(parts[0]);
        return new(resource.Group, parts[0], !resource.Namespaced ? string.Empty : parts.Length == 3 ? parts[1] : "team-a", parts[^1]);
    }

    private void Annotate(string text)
    {
        var (name, value) = text.Split('=', 2) is [var left, var right] ? (left, right) : (text, null);
        var full = name.Contains('/', StringComparison.Ordinal) ? name : Annotations.Prefix + name;
        scene.ChangeApplication(application =>
        {
            var metadata = (JsonObject)application["metadata"]!;
            if (metadata["annotations"] is not JsonObject annotations)
            {
                metadata["annotations"] = annotations = [];
            }

            annotations[full] = value;
            if (value is null)
            {
                annotations.Remove(full);
            }
        });
    }

    private void Approve(string text)
    {
        var plan = (JsonObject)scene.Cluster.Find(scene.ApplicationKey)!.Json["status"]!["plan"]!;
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        scene.Time.Advance(TimeSpan.FromSeconds(1));
        Put(new JsonObject
        {
            ["apiVersion"] = Names.ApiVersion,
            ["kind"] = Names.SyncApprovalKind,
            ["metadata"] = Named(words[0]),
            ["spec"] = new JsonObject
            {
                ["application"] = scene.Application.Name,
                ["revision"] = plan["revision"]!.DeepClone(),
                ["planHash"] = words.Length > 2 ? words[2] : plan["hash"]!.DeepClone(),
                ["approvedBy"] = words.Length > 1 ? words[1] : "ann",
            },
        });
    }

    private void TellPlan()
    {
        if (scene.Cluster.Find(scene.ApplicationKey)!.Json["status"]?["plan"] is not JsonObject plan)
        {
            scene.Transcript.Say("none");
            return;
        }

        scene.Transcript.Say($"{plan["revision"]?.ToString()[..7]}: {plan["create"]} created, {plan["update"]} updated, {plan["delete"]} deleted");
        foreach (var row in (plan["changes"] as JsonArray ?? []).Concat(plan["hooks"] as JsonArray ?? []).OfType<JsonObject>())
        {
            scene.Transcript.Say(KubernetesJson.ToText(row));
        }
    }

    private void Report(ObjectKey key, string state, string message) => scene.Cluster.Change(key, item =>
    {
        item["status"] = (key.Kind, state) switch
        {
            ("Job", "ready") => new JsonObject { ["conditions"] = Condition("Complete", "True", message) },
            ("Job", "degraded") => new JsonObject { ["conditions"] = Condition("Failed", "True", message) },
            ("Deployment", "ready") => new JsonObject
            {
                ["observedGeneration"] = item["metadata"]!["generation"]!.DeepClone(),
                ["replicas"] = item["spec"]!["replicas"]!.DeepClone(),
                ["updatedReplicas"] = item["spec"]!["replicas"]!.DeepClone(),
                ["readyReplicas"] = item["spec"]!["replicas"]!.DeepClone(),
                ["availableReplicas"] = item["spec"]!["replicas"]!.DeepClone(),
            },
            ("Deployment", "degraded") => new JsonObject
            {
                ["observedGeneration"] = item["metadata"]!["generation"]!.DeepClone(),
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Progressing", ["status"] = "False", ["reason"] = "ProgressDeadlineExceeded", ["message"] = message }),
            },
            ("Pod", "ready") => new JsonObject { ["phase"] = "Succeeded" },
            ("Pod", "degraded") => new JsonObject { ["phase"] = "Failed", ["message"] = message },
            ("Widget", "ready") => new JsonObject { ["conditions"] = Condition("Ready", "True", message) },
            ("CustomResourceDefinition", "ready") => new JsonObject { ["conditions"] = Condition("Established", "True", message) },
            _ => new JsonObject { ["active"] = 1 },
        };
    });

    private static JsonArray Condition(string type, string status, string message) =>
        [new JsonObject { ["type"] = type, ["status"] = status, ["reason"] = "Told", ["message"] = message }];

    private void Show(string target, string path)
    {
        if (scene.Cluster.Find(KeyOf(target)) is not { } item)
        {
            scene.Transcript.Say("it is not there");
            return;
        }

        foreach (var part in path.Split(' '))
        {
            JsonNode? node = item.Json;
            foreach (var step in part.Split('.'))
            {
                node = node?[step];
            }

            scene.Transcript.Say($"{part}: {KubernetesJson.ToText(node)}");
        }
    }
}
