using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Policies;

/// <summary>What validating and mutating policies have in common.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Match">Which requests it is for.</param>
/// <param name="Conditions">What must be true besides.</param>
/// <param name="Variables">Named expressions.</param>
/// <param name="ParamKind">The kind of its parameters; null if it takes none.</param>
/// <param name="IgnoresFailure">Whether it does not apply where it cannot be evaluated.</param>
internal sealed record Policy(
    string Name,
    RequestMatch Match,
    MatchConditions Conditions,
    ImmutableArray<PolicyVariable> Variables,
    GroupVersionKind? ParamKind,
    bool IgnoresFailure)
{
    public static Policy Read(JsonObject json)
    {
        var spec = json.Object("spec");
        var ignoresFailure = spec.Text("failurePolicy") == "Ignore";
        var kind = PolicyParams.KindOf(spec);
        return new(
            new KubernetesObject(json).Name,
            RequestMatch.Read(spec.Object("matchConstraints") ?? [], "resourceRules"),
            MatchConditions.Read(spec, kind is not null, ignoresFailure),
            PolicyVariable.CompileAll(spec, PolicyEnvironment.Of(kind is not null, hasAuthorizer: true)),
            kind,
            ignoresFailure);
    }
}

/// <summary>Puts a policy into force.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PolicyName">The policy.</param>
/// <param name="Match">Which of the policy's requests it is for; null: all of them.</param>
/// <param name="ParamRef">Where the parameters are.</param>
/// <param name="Actions">Deny, Warn, Audit: what follows from a violation.</param>
internal sealed record PolicyBinding(string Name, string PolicyName, RequestMatch? Match, JsonObject? ParamRef, ImmutableArray<string> Actions)
{
    public static IEnumerable<PolicyBinding> ReadAll(JsonObject json)
    {
        var spec = json.Object("spec");
        yield return new(
            new KubernetesObject(json).Name,
            spec.Text("policyName") ?? string.Empty,
            spec.Object("matchResources") is { } resources ? RequestMatch.Read(resources, "resourceRules") : null,
            spec.Object("paramRef"),
            [.. (spec?["validationActions"] as JsonArray ?? []).Select(static item => item?.ToString() ?? string.Empty)]);
    }

    public bool Matches(AdmissionRequest request) => Match is null || Match.Narrows(request);
}

/// <summary>A policy, bound, with one parameter, about one request.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Binding">The binding.</param>
/// <param name="Resource">The version of the resource that the policy asks for.</param>
/// <param name="Param">The parameter; null if there is none.</param>
internal sealed record PolicyInvocation<T>(T Policy, PolicyBinding Binding, ServedResource Resource, JsonObject? Param)
    where T : class
{
    /// <summary>The same in each round of one request.</summary>
    public string Id(string policy) => $"{policy}/{Binding.Name}/{Param.Object("metadata").Text("namespace")}/{Param.Object("metadata").Text("name")}";
}
