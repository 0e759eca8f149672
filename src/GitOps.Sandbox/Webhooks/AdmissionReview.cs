using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Webhooks;

/// <summary>What a webhook answered.</summary>
/// <param name="IsAllowed">Whether it lets the request pass.</param>
/// <param name="Patch">A JSON patch of the object; null for none.</param>
/// <param name="Result">Why it refuses.</param>
/// <param name="Warnings">For the caller.</param>
internal sealed record ReviewAnswer(bool IsAllowed, JsonArray? Patch, JsonObject? Result, IReadOnlyList<string> Warnings);

/// <summary>AdmissionReview, the question to a webhook and its answer, in the versions v1 and v1beta1.</summary>
internal static class AdmissionReview
{
    private const string Group = "admission.k8s.io";

    /// <param name="request">The write.</param>
    /// <param name="version">v1 or v1beta1.</param>
    /// <param name="resource">The version of the resource that was asked for.</param>
    /// <param name="kind">The kind in that version.</param>
    /// <param name="json">The object in that version.</param>
    /// <param name="old">The stored object in that version.</param>
    /// <param name="uid">Identifies the question.</param>
    public static JsonObject Ask(
        AdmissionRequest request, string version, ServedResource resource, GroupVersionKind kind, JsonObject? json, JsonObject? old, string uid)
    {
        var asked = new JsonObject { ["uid"] = uid };
        Describe(request, resource, kind, asked);
        asked["object"] = json?.DeepClone();
        asked["oldObject"] = old?.DeepClone();
        return new() { ["kind"] = "AdmissionReview", ["apiVersion"] = $"{Group}/{version}", ["request"] = asked };
    }

    /// <summary>A request without its objects.</summary>
    public static JsonObject Describe(AdmissionRequest request, ServedResource resource)
    {
        var described = new JsonObject();
        Describe(request, resource, request.Kind == request.Resource.GroupVersionKind ? resource.GroupVersionKind : request.Kind, described);
        return described;
    }

    private static void Describe(AdmissionRequest request, ServedResource resource, GroupVersionKind kind, JsonObject asked)
    {
        asked["kind"] = Kind(kind);
        asked["resource"] = Resource(resource);
        AddText(asked, "subResource", request.Subresource);
        asked["requestKind"] = Kind(request.Kind);
        asked["requestResource"] = Resource(request.Resource);
        AddText(asked, "requestSubResource", request.Subresource);
        AddText(asked, "name", request.Name);
        AddText(asked, "namespace", request.Namespace);
        asked["operation"] = request.Operation;
        asked["userInfo"] = UserInfo(request.Caller);
        asked["dryRun"] = request.DryRun;
        asked["options"] = request.Options.DeepClone();
    }

    /// <exception cref="WebhookFailure">The answer is not a proper one.</exception>
    public static ReviewAnswer Read(Webhook webhook, JsonObject review, string version, string uid, bool isMutating)
    {
        WebhookFailure Improper(string what) => new(webhook.Name, $"received invalid webhook response: {what}");

        if (review.Object("response") is not { } response)
        {
            throw Improper("webhook response was absent");
        }

        var patch = response.Text("patch") is { Length: > 0 } encoded ? encoded : null;
        if (version == "v1")
        {
            if (response.Text("uid") is var answered && answered != uid)
            {
                throw Improper($"expected response.uid=\"{uid}\", got \"{answered}\"");
            }

            var given = GroupVersionKind.Parse(review.Text("apiVersion") ?? string.Empty, review.Text("kind") ?? string.Empty);
            if (given != new GroupVersionKind(Group, "v1", "AdmissionReview"))
            {
                throw Improper($"expected webhook response of {Group}/v1, Kind=AdmissionReview, got {given.ApiVersion}, Kind={given.Kind}");
            }

            if (PatchMistake(response, patch, isMutating) is { } mistake)
            {
                throw Improper(mistake);
            }
        }

        return new(
            response.IsTrue("allowed"),
            isMutating && patch is not null ? ReadPatch(webhook, patch) : null,
            response.Object("status"),
            [.. (response["warnings"] as JsonArray ?? []).Select(static item => item?.ToString() ?? string.Empty)]);
    }

    /// <summary>A caller as reviews name it.</summary>
    public static JsonObject UserInfo(Caller caller)
    {
        var info = new JsonObject { ["username"] = caller.Name };
        AddText(info, "uid", caller.Uid);
        if (caller.Groups.Count > 0)
        {
            info["groups"] = new JsonArray([.. caller.Groups.Select(static group => JsonValue.Create(group))]);
        }

        return info;
    }

    public static JsonObject Kind(GroupVersionKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    public static JsonObject Resource(ServedResource resource) =>
        new() { ["group"] = resource.Group, ["version"] = resource.Version, ["resource"] = resource.Plural };

    private static string? PatchMistake(JsonObject response, string? patch, bool isMutating)
    {
        var type = response.Text("patchType");
        return (isMutating, patch is not null, type is not null) switch
        {
            (true, true, false) => "webhook returned response.patch but not response.patchType",
            (true, false, true) => "webhook returned response.patchType but not response.patch",
            (true, true, true) when type is not "JSONPatch" => type!.Length == 0
                ? "webhook returned invalid response.patchType of \"\""
                : $"unsupported patch type \"{type}\"",
            (false, true, _) => "validating webhook may not return response.patch",
            (false, _, true) => "validating webhook may not return response.patchType",
            _ => null,
        };
    }

    private static JsonArray ReadPatch(Webhook webhook, string encoded)
    {
        try
        {
            return KubernetesJson.Parse(Convert.FromBase64String(encoded)) as JsonArray
                ?? throw new FormatException("it is not a list");
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or FormatException)
        {
            throw new WebhookFailure(webhook.Name, $"received undecodable patch in webhook response: {exception.Message}");
        }
    }

    private static void AddText(JsonObject json, string name, string value)
    {
        if (value.Length > 0)
        {
            json[name] = value;
        }
    }
}
