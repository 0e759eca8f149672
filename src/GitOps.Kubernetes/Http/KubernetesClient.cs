using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.OpenApi;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// One API server over HTTP. Cheap to hold, thread-safe; <see cref="As"/> gives another face of the same connections, and
/// disposing the first closes them for all.
/// </summary>
public sealed class KubernetesClient : IKubernetesClient, IAsyncDisposable
{
    private const string MetadataAccept = "application/json;as=PartialObjectMetadata{0};g=meta.k8s.io;v=v1,application/json";

    private static readonly string MetadataObject = MetadataOnlyAccept(isList: false);
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly MediaTypeHeaderValue ApplyPatch = new("application/apply-patch+yaml");
    private static readonly MediaTypeHeaderValue MergePatch = new("application/merge-patch+json");
    private static readonly MediaTypeHeaderValue JsonPatch = new("application/json-patch+json");
    private static readonly MediaTypeHeaderValue StrategicMergePatch = new("application/strategic-merge-patch+json");

    private readonly ClientCore _core;
    private readonly Impersonation? _own;
    private readonly Impersonation? _impersonation;

    /// <summary>Connects to nothing yet.</summary>
    /// <exception cref="KubeconfigException">Credentials would go over plain http.</exception>
    public KubernetesClient(ClusterConfig config, KubernetesClientOptions options)
        : this(new ClientCore(config, options), config.Impersonation, config.Impersonation)
    {
    }

    /// <param name="core">May be shared.</param>
    /// <param name="impersonation">Whom requests are made as.</param>
    /// <param name="own">Whom they are made as where nobody else is named: the configuration's.</param>
    internal KubernetesClient(ClientCore core, Impersonation? impersonation, Impersonation? own)
    {
        _core = core;
        _impersonation = impersonation;
        _own = own;
    }

    /// <summary>Until when the certificates in use are valid, one entry per use; none before the first request.</summary>
    public ImmutableArray<CertificateExpiry> CertificateExpiries => _core.Sender.Transport.Expiries;

    /// <summary>What the server says of its kinds' fields.</summary>
    public OpenApiSchemas OpenApi => _core.OpenApi;

    public IDiscovery Discovery => _core.Discovery;

    internal static string MetadataOnlyAccept(bool isList) =>
        MetadataAccept.Replace("{0}", isList ? "List" : string.Empty, StringComparison.Ordinal);

    public IKubernetesClient As(Impersonation? impersonation) => new KubernetesClient(_core, impersonation ?? _own, _own);

    public async Task<KubernetesObject?> GetAsync(
        ApiResource resource, string @namespace, string name, CancellationToken cancellationToken)
    {
        var request = Request(HttpMethod.Get, ResourcePath.Item(resource, @namespace, name), "get", resource) with { Repeat = Repeat.Always };
        try
        {
            using var response = await _core.Sender.SendAsync(request, cancellationToken);
            return ReadObject(response);
        }
        catch (ApiException exception) when (IsMissingObject(exception))
        {
            return null;
        }
    }

    public async Task<ObjectList> ListAsync(
        ApiResource resource, string @namespace, ListOptions options, CancellationToken cancellationToken)
    {
        var pager = new ListPager(_core.Sender, resource, @namespace, options, _impersonation);
        var items = ImmutableArray.CreateBuilder<KubernetesObject>();
        while (await pager.NextAsync(cancellationToken) is { } page)
        {
            if (page.IsFirst)
            {
                items.Clear();
            }

            items.AddRange(page.Items);
        }

        return new ObjectList(items.DrainToImmutable(), pager.ResourceVersion);
    }

    public Task<WriteResult> ApplyAsync(
        ApiResource resource, KubernetesObject desired, ApplyOptions options, CancellationToken cancellationToken)
    {
        if (desired.ApiVersion.Length == 0 || desired.Kind.Length == 0)
        {
            throw new ArgumentException("an object to apply has apiVersion and kind", nameof(desired));
        }

        var path = ResourcePath.Item(resource, NamespaceOf(resource, desired), desired.Name, options.Subresource)
            .With("fieldManager", options.FieldManager)
            .With("force", options.Force)
            .With("fieldValidation", options.FieldValidation)
            .With("dryRun", options.DryRun ? "All" : null);
        var request = Request(HttpMethod.Patch, path, "apply", resource, options.Subresource) with
        {
            Body = WithoutManagedFields(desired).ToUtf8(),
            ContentType = ApplyPatch,
            Accept = AcceptFor(options.MetadataOnly),

            // It says what shall be, so once more does no harm; a resourceVersion makes it a statement about what was.
            Repeat = desired.ResourceVersion is null ? Repeat.Always : Repeat.IfPushedBack,
        };
        return WriteAsync(request, CompletedWrite.Of(request, resource, NamespaceOf(resource, desired), desired.Name, _impersonation), options.DryRun, cancellationToken);
    }

    public Task<WriteResult> CreateAsync(
        ApiResource resource, KubernetesObject created, WriteOptions options, CancellationToken cancellationToken)
    {
        var @namespace = NamespaceOf(resource, created);
        if (resource.Namespaced && @namespace.Length == 0)
        {
            throw new ArgumentException($"{resource.Kind} {created.Name} is namespaced, but has no namespace", nameof(created));
        }

        var path = options.Subresource is null
            ? ResourcePath.Collection(resource, @namespace)
            : ResourcePath.Item(resource, @namespace, created.Name, options.Subresource);
        var request = Request(HttpMethod.Post, With(path, options), "create", resource, options.Subresource) with
        {
            Body = created.ToUtf8(),
            ContentType = Json,
            Accept = AcceptFor(options.MetadataOnly),
        };
        return WriteAsync(request, CompletedWrite.Of(request, resource, @namespace, created.Name, _impersonation), options.DryRun, cancellationToken);
    }

    public Task<WriteResult> ReplaceAsync(
        ApiResource resource, KubernetesObject replacement, WriteOptions options, CancellationToken cancellationToken)
    {
        var path = ResourcePath.Item(resource, NamespaceOf(resource, replacement), replacement.Name, options.Subresource);
        var request = Request(HttpMethod.Put, With(path, options), "update", resource, options.Subresource) with
        {
            Body = replacement.ToUtf8(),
            ContentType = Json,
            Accept = AcceptFor(options.MetadataOnly),
        };
        return WriteAsync(request, CompletedWrite.Of(request, resource, NamespaceOf(resource, replacement), replacement.Name, _impersonation), options.DryRun, cancellationToken);
    }

    public Task<WriteResult> PatchAsync(
        ApiResource resource, string @namespace, string name, PatchType type, JsonNode patch, WriteOptions options,
        CancellationToken cancellationToken)
    {
        var path = ResourcePath.Item(resource, @namespace, name, options.Subresource);
        var request = Request(HttpMethod.Patch, With(path, options), "patch", resource, options.Subresource) with
        {
            Body = KubernetesJson.ToUtf8(patch),
            Accept = AcceptFor(options.MetadataOnly),
            ContentType = type switch
            {
                PatchType.Merge => MergePatch,
                PatchType.Json => JsonPatch,
                _ => StrategicMergePatch,
            },
        };
        return WriteAsync(request, CompletedWrite.Of(request, resource, @namespace, name, _impersonation), options.DryRun, cancellationToken);
    }

    public Task<DeleteOutcome> DeleteAsync(
        ApiResource resource, string @namespace, string name, DeleteOptions options, CancellationToken cancellationToken)
    {
        var request = Request(HttpMethod.Delete, ResourcePath.Item(resource, @namespace, name), "delete", resource) with
        {
            Body = KubernetesJson.ToUtf8(DeleteBody(options)),
            ContentType = Json,
        };
        return DeleteAsync(request, CompletedWrite.Of(request, resource, @namespace, name, _impersonation), options.DryRun, cancellationToken);
    }

    public IAsyncEnumerable<WatchEvent> WatchAsync(
        ApiResource resource, string @namespace, WatchOptions options, CancellationToken cancellationToken) =>
        new Watcher(_core, resource, @namespace, options, _impersonation).RunAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _core.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// The server names the object that is missing. Without a name the path itself is unknown (a kind that is not served, or a
    /// proxy in between), from which nothing follows about the object.
    /// </summary>
    private static bool IsMissingObject(ApiException exception) =>
        exception.IsNotFound && exception.Reason == "NotFound" && KubernetesObject.GetString(exception.Details, "name") is { Length: > 0 };

    private static string NamespaceOf(ApiResource resource, KubernetesObject subject) =>
        resource.Namespaced ? subject.Namespace : string.Empty;

    private static string? AcceptFor(bool metadataOnly) => metadataOnly ? MetadataObject : null;

    private static ResourcePath With(ResourcePath path, WriteOptions options) =>
        path.With("fieldManager", options.FieldManager).With("fieldValidation", options.FieldValidation).With("dryRun", options.DryRun ? "All" : null);

    private static KubernetesObject WithoutManagedFields(KubernetesObject desired)
    {
        if (desired.Metadata?.ContainsKey("managedFields") != true)
        {
            return desired;
        }

        var clean = desired.DeepClone();
        clean.Metadata!.Remove("managedFields");
        return clean;
    }

    private static JsonObject DeleteBody(DeleteOptions options)
    {
        var body = new JsonObject { ["kind"] = "DeleteOptions", ["apiVersion"] = "v1" };
        if (options.Propagation is { } propagation)
        {
            body["propagationPolicy"] = propagation;
        }

        if (options.Uid is not null || options.ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            body["preconditions"] = preconditions;
            if (options.Uid is { } uid)
            {
                preconditions["uid"] = uid;
            }

            if (options.ResourceVersion is { } version)
            {
                preconditions["resourceVersion"] = version;
            }
        }

        if (options.DryRun)
        {
            body["dryRun"] = new JsonArray("All");
        }

        return body;
    }

    private static KubernetesObject ReadObject(ApiResponse response)
    {
        try
        {
            return KubernetesObject.Parse(response.Body.Span);
        }
        catch (JsonException exception)
        {
            throw new ApiConnectionException("the answer is not a JSON object; was it a proxy that answered?", exception);
        }
    }

    private async Task<WriteResult> WriteAsync(ApiRequest request, CompletedWrite write, bool isDryRun, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _core.Sender.SendAsync(request, cancellationToken);
            var stored = ReadObject(response);
            Tell(isDryRun, write with
            {
                Name = stored.Name.Length > 0 ? stored.Name : write.Name,
                Code = (int)response.Code,
                AuditId = response.AuditId,
                ResourceVersion = stored.ResourceVersion,
            });
            return new WriteResult(stored, response.Code == HttpStatusCode.Created, response.Warnings);
        }
        catch (Exception failure)
        {
            TellFailure(isDryRun, write, failure);
            throw;
        }
    }

    private async Task<DeleteOutcome> DeleteAsync(ApiRequest request, CompletedWrite write, bool isDryRun, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _core.Sender.SendAsync(request, cancellationToken);

            // Either a Status, or the object: as it was when it went, or as it stays for its finalizers.
            var isPending = response.Code == HttpStatusCode.Accepted || ReadObject(response).IsTerminating;
            Tell(isDryRun, write with { Code = (int)response.Code, AuditId = response.AuditId, IsPending = isPending });
            return isPending ? DeleteOutcome.Pending : DeleteOutcome.Gone;
        }
        catch (ApiException exception) when (IsMissingObject(exception))
        {
            return DeleteOutcome.Gone;
        }
        catch (Exception failure)
        {
            TellFailure(isDryRun, write, failure);
            throw;
        }
    }

    private void TellFailure(bool isDryRun, CompletedWrite write, Exception failure)
    {
        if (failure is ApiException refusal)
        {
            Tell(isDryRun, write with { Code = (int)refusal.Code, Reason = refusal.Reason, AuditId = refusal.AuditId });
        }
        else if (failure is not ApiConnectionException { WasNotSent: true } and not ApiConnectionException { IsCircuitOpen: true })
        {
            // Also one that was cancelled: nobody knows whether it arrived.
            Tell(isDryRun, write);
        }
    }

    private void Tell(bool isDryRun, CompletedWrite write)
    {
        if (!isDryRun)
        {
            _core.Options.OnWritten?.Invoke(write);
        }
    }

    private ApiRequest Request(HttpMethod method, ResourcePath path, string verb, ApiResource resource, string? subresource = null) =>
        ApiRequest.Of(method, path, verb, resource, subresource) with { Impersonation = _impersonation };
}
