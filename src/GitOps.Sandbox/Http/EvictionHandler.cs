using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Http;

/// <summary>The eviction subresource: deletes a pod if its disruption budget allows it, and charges the budget.</summary>
internal sealed class EvictionHandler
{
    private const string Violates = "Cannot evict pod as it would violate the pod's disruption budget.";

    private static readonly GroupResource Budgets = new("policy", "poddisruptionbudgets");

    private readonly Cluster _cluster;

    public EvictionHandler(Cluster cluster) => _cluster = cluster;

    private static ServedResource ServedBudgets { get; } = ResourceCatalog.BuiltIn.FindStored(Budgets)!;

    /// <exception cref="ApiError">429: the budget does not allow it now.</exception>
    public async Task HandleAsync(ApiContext context, ServedResource resource, RequestPath path, JsonObject body)
    {
        if (body.Object("metadata").Text("name") != path.Name)
        {
            throw ApiError.BadRequest("name in URL does not match name in Eviction object");
        }

        var options = DeletionOptions.Parse(context, body.Object("deleteOptions"));
        var request = AdmissionRequest.OfSubresource(context, resource, path, options.DryRun, body);
        await _cluster.Admission.MutateAsync(request);
        await _cluster.Admission.ValidateAsync(request);
        var ns = path.Namespace ?? string.Empty;
        var stored = _cluster.Find(resource, ns, path.Name) ?? throw ApiError.NotFound(resource.Storage, path.Name);
        DeletionRules.CheckPreconditions(resource, stored, options);
        Charge(resource.Read(stored), options.DryRun);
        if (!options.DryRun)
        {
            _cluster.Writer.Adjust(resource, ns, path.Name, MarkEvicted);
        }

        _cluster.Deleter.Delete(resource, ns, path.Name, options with { ResourceVersion = null });
        await context.AnswerAsync(201, new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["code"] = 201,
        });
    }

    private static bool IsReady(JsonObject pod) =>
        pod.Object("status").Objects("conditions").Any(static condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");

    private static ApiError TooManyRequests(string why, int? retryAfter)
    {
        var details = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "DisruptionBudget", ["message"] = why }) };
        if (retryAfter is { } seconds)
        {
            details["retryAfterSeconds"] = seconds;
        }

        return new(429, "TooManyRequests", Violates, details) { RetryAfterSeconds = retryAfter };
    }

    private static long Number(JsonObject? json, string name) => KubernetesObject.GetInt64(json, name) ?? 0;

    private bool MarkEvicted(JsonObject pod)
    {
        var status = pod.ObjectOrNew("status");
        if (status["conditions"] is not JsonArray conditions)
        {
            status["conditions"] = conditions = [];
        }

        if (status.Objects("conditions").Any(static condition => condition.Text("type") == "DisruptionTarget"))
        {
            return false;
        }

        conditions.Add((JsonNode)new JsonObject
        {
            ["type"] = "DisruptionTarget",
            ["status"] = "True",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = _cluster.Timestamp(),
            ["reason"] = "EvictionByEvictionAPI",
            ["message"] = "Eviction API: evicting",
        });
        return true;
    }

    /// <summary>Takes one disruption from the budget of a pod that has one and runs.</summary>
    private void Charge(JsonObject pod, bool dryRun)
    {
        var metadata = pod.Object("metadata");
        if (pod.Object("status").Text("phase") is "Succeeded" or "Failed" or "Pending" || metadata?["deletionTimestamp"] is not null)
        {
            return;
        }

        var budgets = _cluster.Store.Take(_cluster.Store.Table(Budgets)).Enumerate(metadata.Text("namespace")).Select(ServedBudgets.Read)
            .Where(budget => budget.Object("spec").Object("selector") is { } selector && LabelRequirements.Read(selector).Matches(metadata.Object("labels")))
            .ToList();
        if (budgets.Count > 1)
        {
            throw new ApiError(500, string.Empty, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        }

        if (budgets.Count == 0 || (!IsReady(pod) && AllowsUnhealthy(budgets[0])))
        {
            return;
        }

        Check(budgets[0]);
        if (!dryRun)
        {
            _cluster.Writer.Adjust(ServedBudgets, metadata.Text("namespace")!, budgets[0].Object("metadata").Text("name")!, budget =>
            {
                Check(budget);
                var status = budget.ObjectOrNew("status");
                status["disruptionsAllowed"] = Number(status, "disruptionsAllowed") - 1;
                status.ObjectOrNew("disruptedPods")[metadata.Text("name")!] = _cluster.Timestamp();
                return true;
            });
        }
    }

    private static bool AllowsUnhealthy(JsonObject budget)
    {
        var status = budget.Object("status");
        return budget.Object("spec").Text("unhealthyPodEvictionPolicy") == "AlwaysAllow"
            || (Number(status, "desiredHealthy") > 0 && Number(status, "currentHealthy") >= Number(status, "desiredHealthy"));
    }

    private static void Check(JsonObject budget)
    {
        var (name, status) = (budget.Object("metadata").Text("name") ?? string.Empty, budget.Object("status"));
        if (Number(status, "observedGeneration") < Number(budget.Object("metadata"), "generation"))
        {
            throw TooManyRequests($"The disruption budget {name} is still being processed by the server.", 10);
        }

        var allowed = Number(status, "disruptionsAllowed");
        if (allowed < 0)
        {
            throw ApiError.Forbidden(new("policy", "poddisruptionbudget"), name, "pdb disruptions allowed is negative");
        }

        if (allowed > 0)
        {
            return;
        }

        var (desired, current) = (Number(status, "desiredHealthy"), Number(status, "currentHealthy"));
        var condition = status.Objects("conditions").FirstOrDefault(static condition => condition.Text("type") == "DisruptionAllowed");
        var isFalse = condition.Text("status") == "False" && condition.Text("message") is { Length: > 0 };
        throw TooManyRequests(
            isFalse && condition.Text("reason") == "SyncFailed"
                ? $"The disruption budget {name} does not allow evicting pods currently because it failed sync: {condition.Text("message")}"
            : current <= desired
                ? string.Create(CultureInfo.InvariantCulture, $"The disruption budget {name} needs {desired} healthy pods and has {current} currently")
            : isFalse ? $"The disruption budget {name} does not allow evicting pods currently ({condition.Text("reason")}): {condition.Text("message")}"
            : $"The disruption budget {name} does not allow evicting pods currently",
            null);
    }
}
