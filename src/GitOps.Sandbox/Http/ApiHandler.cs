using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Tokens;
using GitOps.Sandbox.Watch;
using Microsoft.AspNetCore.Http;

namespace GitOps.Sandbox.Http;

/// <summary>
/// The way of every request: authenticate, record, meet the scripted faults, authorize, dispatch; whatever is refused on the
/// way goes out as a Status.
/// </summary>
internal sealed class ApiHandler
{

    private readonly Cluster _cluster;
    private readonly Authentication _authentication;
    private readonly FaultInjector _faults;
    private readonly RequestLog _log;
    private readonly Authorizer _authorizer;
    private readonly ResourceHandler _resources;
    private readonly TokenRequests _tokenRequests;

    public ApiHandler(Cluster cluster, Authentication authentication, FaultInjector faults, RequestLog log)
    {
        (_cluster, _authentication, _faults, _log) = (cluster, authentication, faults, log);
        _authorizer = new(cluster);
        _resources = new(cluster, new(cluster, authentication));
        _tokenRequests = new(cluster, authentication.Tokens);
    }

    public FaultInjector Faults => _faults;

    public async Task HandleAsync(HttpContext http)
    {
        var context = new ApiContext(http, _cluster) { OnHandled = _log.OnHandled };
        http.Response.Headers["Audit-Id"] = Guid.NewGuid().ToString();
        var path = RequestPath.Parse(http.Request.Path.Value ?? "/");
        ApiError? refused = null;
        try
        {
            context.Caller = _authentication.Authenticate(http);
        }
        catch (ApiError error)
        {
            refused = error;
        }

        context.Record = Record(http, path, context.Caller.Name);
        if (_cluster.Options.RecordRequests)
        {
            _log.Add(context.Record);
        }

        try
        {
            await RunAsync(context, path, refused);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller is gone: there is nobody to answer.
        }
        catch (ApiError refusal) when (refusal.Code == StatusCodes.Status403Forbidden)
        {
            _cluster.Access.Log.Refuse(context.Caller, refusal);
            await AnswerErrorAsync(context, refusal);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await AnswerErrorAsync(context, exception);
        }
    }

    private static RequestRecord Describe(HttpContext http, RequestPath? path, long number, string user)
    {
        var request = http.Request;
        var isWatch = IsWatch(request);
        var verb = path is not { Resource.Length: > 0 } ? request.Method.ToLowerInvariant() : (request.Method, path.Name.Length > 0) switch
        {
            _ when isWatch => "watch",
            ("GET" or "HEAD", true) => "get",
            ("GET" or "HEAD", false) => "list",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => MediaTypes.Of(request.ContentType) == MediaTypes.Apply ? "apply" : "patch",
            ("DELETE", true) => "delete",
            ("DELETE", false) => "deletecollection",
            _ => request.Method.ToLowerInvariant(),
        };
        return new(
            number, verb, path?.Group ?? string.Empty, path?.Version ?? string.Empty, path?.Resource ?? string.Empty,
            path?.Subresource ?? string.Empty, path?.Namespace ?? string.Empty, path?.Name ?? string.Empty, user,
            request.Headers["Impersonate-User"].ToString(), request.Headers.UserAgent.ToString(), request.Query.ContainsKey("dryRun"),
            request.Path + request.QueryString.ToString());
    }

    private static bool IsWatch(HttpRequest request) =>
        request.Method == "GET" && request.Query.TryGetValue("watch", out var watch) && watch[^1] is not ("0" or "false" or "False" or "F");

    private RequestRecord Record(HttpContext http, RequestPath? path, string user) => Describe(http, path, _log.NextNumber(), user);

    private async Task RunAsync(ApiContext context, RequestPath? path, ApiError? refused)
    {
        if (_log.OnRequest is { } onRequest)
        {
            await onRequest(context.Record);
        }

        context.Faults = _faults.Take(context.Record);
        if (context.Faults.Count > 0 && !await FaultAnswers.MeetAsync(context))
        {
            return;
        }

        if (refused is not null)
        {
            throw refused;
        }

        _authorizer.Check(context, ImpersonationHeaders.Read(context.Http.Request), path);
        if (!await DispatchAsync(context, path))
        {
            throw ApiError.PathNotFound();
        }
    }

    private async Task<bool> DispatchAsync(ApiContext context, RequestPath? path)
    {
        if (path is null)
        {
            return await OpenIdDocuments.TryAnswerAsync(context, _authentication.Tokens) || await SystemPaths.TryAnswerAsync(context);
        }

        if (path.Resource.Length == 0)
        {
            return context.Http.Request.Method == "GET" && await TryAnswerDiscoveryAsync(context, path);
        }

        if (path.IsTooLong || _cluster.Catalog.Find(path.Group, path.Version, path.Resource) is not { } resource)
        {
            return false;
        }

        if (resource.Warning is { } warning)
        {
            context.Warn(warning);
        }

        if (TokenRequests.IsFor(resource, path))
        {
            await _tokenRequests.HandleAsync(context, path);
        }
        else if (context.Record.Verb == "watch")
        {
            await WatchAsync(context, resource, path);
        }
        else
        {
            await _resources.HandleAsync(context, resource, path);
        }

        return true;
    }

    private async Task WatchAsync(ApiContext context, ServedResource resource, RequestPath path)
    {
        if (!resource.Can("watch") || path.Subresource.Length > 0)
        {
            throw ApiError.MethodNotAllowed();
        }

        await WatchHandler.HandleAsync(context, _faults, resource, path);
    }

    private async Task<bool> TryAnswerDiscoveryAsync(ApiContext context, RequestPath path)
    {
        var isStale = context.Faults.Any(static fault => fault.StaleDiscovery);
        var isCore = (context.Http.Request.Path.Value ?? string.Empty).StartsWith("/api/", StringComparison.Ordinal)
            || context.Http.Request.Path.Value == "/api";
        if (path.Version.Length == 0 && path.Group.Length == 0)
        {
            await DiscoveryHandler.AnswerRootAsync(context, isCore, isStale);
            return true;
        }

        if (isStale)
        {
            throw new ApiError(503, "ServiceUnavailable", "the server is currently unable to handle the request", []);
        }

        if (_cluster.Catalog.FindGroup(path.Group) is not { } group)
        {
            return false;
        }

        if (path.Version.Length == 0)
        {
            await DiscoveryHandler.AnswerGroupAsync(context, group);
            return true;
        }

        var version = group.Versions.FirstOrDefault(version => version.Version == path.Version);
        if (version is null)
        {
            return false;
        }

        var name = path.Group.Length == 0 ? path.Version : $"{path.Group}/{path.Version}";
        await DiscoveryHandler.AnswerVersionAsync(context, name, version);
        return true;
    }

    private static async Task AnswerErrorAsync(ApiContext context, Exception exception)
    {
        if (context.Http.Response.HasStarted)
        {
            context.Http.Abort();
            return;
        }

        var error = exception switch
        {
            ApiError refusal => refusal,
            ApiException refusal => new((int)refusal.Code, refusal.Reason, refusal.Message, refusal.Details),
            _ => ApiError.Internal($"Internal error occurred: {exception.GetType().Name}: {exception.Message}"),
        };
        if (error.RetryAfterSeconds is { } seconds)
        {
            context.Http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (error.Code == 401)
        {
            context.Http.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await context.AnswerAsync(error.Code, error.ToJson());
    }
}
