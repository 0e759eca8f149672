using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Tokens;

namespace GitOps.Sandbox.Authorization;

/// <summary>Questions that are answered and not stored: who am I, whose token is this, who may do that.</summary>
internal sealed class Reviews
{
    private const string AccessGroup = "authorization.k8s.io";

    private readonly Cluster _cluster;
    private readonly Authentication _authentication;

    public Reviews(Cluster cluster, Authentication authentication) => (_cluster, _authentication) = (cluster, authentication);

    public static bool IsReview(ServedResource resource) => resource.Group is AccessGroup or "authentication.k8s.io";

    /// <summary>The review with its answer in the status.</summary>
    /// <exception cref="ApiError">400; 422.</exception>
    public JsonObject Answer(WriteRequest request, JsonObject body)
    {
        var type = _cluster.Schemas.Find(request.Resource.GroupVersionKind)!;
        ObjectPreparation.Decode(request, type, body);
        body.Remove("status");
        CheckNamespace(request, MetadataRules.Of(body));
        var context = new WriteContext(request.Manager, request.ApiVersion, string.Empty, _cluster.Options.TimeProvider.GetUtcNow()) { Schemas = _cluster.Schemas };
        var review = FieldManagement.Update(null, new(body), type, context).Json;
        var caller = request.Context.Caller;
        return request.Resource.Kind switch
        {
            "SelfSubjectReview" => WhoIs(review, caller),
            "TokenReview" => Token(review),
            "SelfSubjectRulesReview" => Rules(review, caller),
            "SelfSubjectAccessReview" => Access(review, request.Resource.Kind, caller),
            _ => Access(review, request.Resource.Kind, null),
        };
    }

    private static void CheckNamespace(WriteRequest request, JsonObject metadata)
    {
        if (!request.Resource.Namespaced)
        {
            metadata.Remove("namespace");
        }
        else if (metadata.Text("namespace") is { Length: > 0 } given && given != request.Namespace)
        {
            throw ApiError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }
        else
        {
            metadata["namespace"] = request.Namespace;
        }
    }

    private static JsonObject UserInfo(Caller caller)
    {
        var info = new JsonObject { ["username"] = caller.Name };
        if (caller.Uid.Length > 0)
        {
            info["uid"] = caller.Uid;
        }

        info["groups"] = Strings(caller.Groups);
        if (!caller.Extra.IsEmpty)
        {
            info["extra"] = new JsonObject(caller.Extra.Select(static item => KeyValuePair.Create(item.Key, (JsonNode?)Strings(item.Value))));
        }

        return info;
    }

    private static JsonArray Strings(IEnumerable<string> texts) => new([.. texts.Select(static text => JsonValue.Create(text))]);

    private static JsonObject Bare(JsonObject review) => new()
    {
        ["kind"] = review["kind"]?.DeepClone(),
        ["apiVersion"] = review["apiVersion"]?.DeepClone(),
        ["metadata"] = new JsonObject(),
    };

    private JsonObject WhoIs(JsonObject review, Caller caller)
    {
        var answer = Bare(review);
        answer["metadata"]!["creationTimestamp"] = _cluster.Timestamp();
        answer["status"] = new JsonObject { ["userInfo"] = UserInfo(caller) };
        return answer;
    }

    private JsonObject Token(JsonObject review)
    {
        var spec = review.ObjectOrNew("spec");
        if (spec.Text("token") is not { Length: > 0 } token)
        {
            throw ApiError.BadRequest("token is required for TokenReview in authentication");
        }

        var audiences = spec["audiences"] is JsonArray { Count: > 0 } given
            ? [.. given.Select(static audience => audience?.GetValue<string>() ?? string.Empty)]
            : ServiceAccountTokens.ServerAudiences;
        var verdict = _authentication.Judge(token, audiences);
        review["status"] = verdict.Caller is { } owner
            ? new() { ["authenticated"] = true, ["user"] = UserInfo(owner), ["audiences"] = Strings(verdict.Audiences) }
            : new JsonObject { ["user"] = new JsonObject(), ["error"] = verdict.Error };
        return review;
    }

    private JsonObject Rules(JsonObject review, Caller caller)
    {
        if (review.Object("spec").Text("namespace") is not { Length: > 0 } ns)
        {
            throw ApiError.BadRequest("no namespace on request");
        }

        var held = _cluster.Access.RulesOf(caller, ns);
        var status = new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. held.Rules.Where(static rule => !rule.Resources.IsEmpty).Select(static rule => rule.ToJson(ofPaths: false))]),
            ["nonResourceRules"] = new JsonArray([.. held.Rules.Where(static rule => !rule.Paths.IsEmpty).Select(static rule => rule.ToJson(ofPaths: true))]),
            ["incomplete"] = false,
        };
        if (!held.Errors.IsEmpty)
        {
            status["evaluationError"] = RoleBasedAccess.Aggregate(held.Errors);
        }

        // The question is not repeated in the answer.
        var answer = Bare(review);
        (answer["spec"], answer["status"]) = (new JsonObject(), status);
        return answer;
    }

    private JsonObject Access(JsonObject review, string kind, Caller? self)
    {
        var causes = new Causes();
        ReviewValidation.Check(kind, review, causes);
        if (causes.Count > 0)
        {
            // A real server forgets the kind here.
            throw ApiError.Invalid(AccessGroup, string.Empty, string.Empty, causes.ToImmutable());
        }

        var spec = review.Object("spec");
        var resource = spec.Object("resourceAttributes");
        var decision = _cluster.Access.Decide(self ?? Subject(spec), Request(resource, spec.Object("nonResourceAttributes")));
        var status = new JsonObject { ["allowed"] = decision.IsAllowed };
        if (decision.Reason.Length > 0)
        {
            status["reason"] = decision.Reason;
        }

        if (ReviewValidation.EvaluationError(resource) is { Length: > 0 } error)
        {
            status["evaluationError"] = error;
        }

        review["status"] = status;
        return review;
    }

    /// <summary>Exactly whom the question names: no group is added.</summary>
    private static Caller Subject(JsonObject? spec) => new(
        spec.Text("user") ?? string.Empty,
        [.. (spec?["groups"] as JsonArray ?? []).Select(static group => group?.GetValue<string>() ?? string.Empty)]);

    private static AccessRequest Request(JsonObject? resource, JsonObject? path)
    {
        string Text(string name) => resource.Text(name) ?? string.Empty;

        return resource is null
            ? AccessRequest.OfPath(path.Text("verb") ?? string.Empty, path.Text("path") ?? string.Empty)
            : new(Text("verb"), Text("group"), Text("resource"), Text("subresource"), Text("namespace"), Text("name"));
    }
}
