using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Watching;

/// <summary>
/// One run of the list-and-watch state machine. Either <see cref="_version"/> is set, and the watch goes on from there without
/// listing again, or it is null, and everything is listed: by a streaming list, which becomes the watch, or page by page.
/// A step that fails leaves <see cref="_failure"/>; the main loop reports it, waits, and tries again.
/// </summary>
internal sealed class Watcher
{
    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ServerMargin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MinServerTimeout = TimeSpan.FromMinutes(5);

    private readonly ClientCore _core;
    private readonly string _namespace;
    private readonly WatchOptions _options;
    private readonly Impersonation? _impersonation;
    private readonly Backoff _backoff;
    private readonly KindLookout _lookout;
    private readonly Dictionary<NamespacedName, KubernetesObject> _goneMeanwhile = [];
    private ApiResource _resource;
    private WatchSession? _session;
    private string? _version;
    private Exception? _failure;
    private bool _isInterrupted;
    private bool _hasAdvanced;

    public Watcher(ClientCore core, ApiResource resource, string @namespace, WatchOptions options, Impersonation? impersonation)
    {
        _core = core;
        _resource = resource;
        _namespace = @namespace;
        _options = options;
        _impersonation = impersonation;
        _backoff = new Backoff(core.Options.TimeProvider, core.Options.Random);
        _lookout = new KindLookout(core, _backoff);
    }

    public async IAsyncEnumerable<WatchEvent> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            Tell(WatchPhase.Opening);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var follows = _version is not null;
                var events = follows ? FollowAsync(cancellationToken) : InitialiseAsync(cancellationToken);
                await foreach (var item in events)
                {
                    if (item.Type is WatchEventType.InitDone or WatchEventType.Resumed)
                    {
                        Tell(WatchPhase.Open);
                    }

                    yield return item;
                }

                if (_failure is null && follows)
                {
                    Tell(WatchPhase.Restarting, _version is null ? WatchEnd.Expired : WatchEnd.Ended);
                }

                if (_failure is { } failure)
                {
                    _failure = null;
                    _isInterrupted = true;
                    Tell(failure is ApiException { IsForbidden: true } ? WatchPhase.Refused : WatchPhase.Broken, WatchChange.EndOf(failure));
                    yield return new(WatchEventType.Interrupted, Error: failure);
                    await RecoverAsync(failure, cancellationToken);
                }
            }
        }
        finally
        {
            Tell(WatchPhase.Closed);
            await CloseAsync();
        }
    }

    private void Tell(WatchPhase phase, WatchEnd end = WatchEnd.None) => _core.Options.Observer?.OnWatch(
        new(this, _resource.Group, _resource.Plural, phase, end, end != WatchEnd.None && _version is null));

    private async IAsyncEnumerable<WatchEvent> InitialiseAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_options.StreamingList && !_core.WithoutStreamingList.ContainsKey(CollectionPath))
        {
            await foreach (var item in StreamListAsync(cancellationToken))
            {
                yield return item;
            }
        }

        if (_version is null && _failure is null)
        {
            await foreach (var item in PageListAsync(cancellationToken))
            {
                yield return item;
            }
        }

        if (_version is not null)
        {
            _isInterrupted = false;
            _hasAdvanced = false;
            yield return new(WatchEventType.InitDone);
            foreach (var item in _goneMeanwhile.Values)
            {
                yield return new(WatchEventType.Deleted, item);
            }
        }
    }

    /// <summary>
    /// Leaves <see cref="_version"/> null if it comes to nothing; then the paged list has its turn, unless the server is too busy
    /// or not there: whoever does not get the cheap answer then does not ask for the dear one.
    /// </summary>
    private async IAsyncEnumerable<WatchEvent> StreamListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _goneMeanwhile.Clear();
        if (await TryOpenAsync(isInitial: true, cancellationToken) is { } refusal)
        {
            _failure = IsPushedBack(refusal) ? refusal : null;
            RememberIfUnsupported(refusal);
            yield break;
        }

        yield return new(WatchEventType.Restarted);
        var time = _core.Options.TimeProvider;
        var waited = TimeSpan.Zero;
        while (true)
        {
            // The present objects come one after the other. What else happens must not prolong the wait for a server that would
            // never say that they are complete.
            _session!.Idle = Max(_core.Options.RequestTimeout - waited, TimeSpan.Zero);
            var asked = time.GetTimestamp();
            var frame = await _session.NextAsync(cancellationToken);
            waited = frame.Kind == FrameKind.Added ? TimeSpan.Zero : waited + time.GetElapsedTime(asked);
            if (frame.Kind is FrameKind.Added or FrameKind.Modified)
            {
                _goneMeanwhile.Remove(NameOf(frame.Object!));
                yield return new(WatchEventType.InitItem, frame.Object);
            }
            else if (frame.Kind == FrameKind.Deleted)
            {
                // It came as an item before, and is told to be gone once the list is complete.
                _goneMeanwhile[NameOf(frame.Object!)] = frame.Object!;
            }
            else if (frame.IsInitialEnd && frame.Object!.ResourceVersion is { Length: > 0 } version)
            {
                _version = version;
                _session.Idle = Idle(MinServerTimeout);
                yield break;
            }
            else if (frame.Kind != FrameKind.Bookmark || frame.IsInitialEnd)
            {
                // What was given out so far is void.
                RememberIfUnsupported(frame.Failure);
                await CloseAsync();
                yield break;
            }
        }
    }

    private async IAsyncEnumerable<WatchEvent> PageListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _goneMeanwhile.Clear();
        var selection = new ListOptions(_options.LabelSelector, _options.FieldSelector, _options.PageSize, _options.MetadataOnly);
        var pager = new ListPager(_core.Sender, _resource, _namespace, selection, _impersonation);
        while (await TryReadPageAsync(pager, cancellationToken) is { } page)
        {
            if (page.IsFirst)
            {
                yield return new(WatchEventType.Restarted);
            }

            foreach (var item in page.Items)
            {
                yield return new(WatchEventType.InitItem, item);
            }
        }

        if (_failure is null && pager.ResourceVersion.Length == 0)
        {
            _failure = new ApiConnectionException($"the list of {_resource.Plural} has no resourceVersion: it cannot be watched", inner: null);
        }

        _version = _failure is null ? pager.ResourceVersion : null;
    }

    private async IAsyncEnumerable<WatchEvent> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var openedAt = _core.Options.TimeProvider.GetTimestamp();
        var isEmpty = true;
        if (_session is null)
        {
            if (await TryOpenAsync(isInitial: false, cancellationToken) is { } refusal)
            {
                Fail(refusal);
                yield break;
            }

            if (_isInterrupted)
            {
                _isInterrupted = false;
                yield return new(WatchEventType.Resumed);
            }
        }

        while (true)
        {
            var frame = await _session!.NextAsync(cancellationToken);
            if (frame.Object is { } item)
            {
                isEmpty = false;
                _hasAdvanced = true;
                _version = item.ResourceVersion ?? _version;
                if (frame.Kind != FrameKind.Bookmark)
                {
                    yield return new(frame.Kind == FrameKind.Deleted ? WatchEventType.Deleted : WatchEventType.Applied, item);
                }

                continue;
            }

            await CloseAsync();
            if (frame.Failure is { } failure)
            {
                if (_core.Options.TimeProvider.GetElapsedTime(openedAt) is var life && life > ShortestLife)
                {
                    _backoff.Worked(life);
                }

                Fail(failure);
            }
            else if (isEmpty && _core.Options.TimeProvider.GetElapsedTime(openedAt) < ShortestLife)
            {
                Fail(new ApiConnectionException($"the watch of {_resource.Plural} ended as soon as it began", inner: null));
            }

            yield break;
        }
    }

    /// <summary>Decides whether the watch may go on from where it was.</summary>
    private void Fail(Exception failure)
    {
        if (failure is ApiException { IsGone: true } && _hasAdvanced)
        {
            // The server forgot that version: no trouble, only a list. Without progress since the last one it is trouble.
            _version = null;
            return;
        }

        // A version that the server has not reached will not come any nearer after it was restored from a backup.
        var isResumable = failure is ApiConnectionException
            or ApiException { Code: HttpStatusCode.TooManyRequests or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden }
            or ApiException { Code: >= HttpStatusCode.InternalServerError, IsTooLargeResourceVersion: false };
        _version = isResumable ? _version : null;
        _failure = failure;
    }

    private async Task RecoverAsync(Exception failure, CancellationToken cancellationToken)
    {
        if (failure is ApiException { IsNotFound: true })
        {
            _resource = await _lookout.WaitAsync(_resource, _namespace, cancellationToken);
            return;
        }

        var delay = _backoff.Next();
        var told = (failure as ApiException)?.RetryAfter ?? TimeSpan.Zero;
        await Task.Delay(delay > told ? delay : told, _core.Options.TimeProvider, cancellationToken);
    }

    private static NamespacedName NameOf(KubernetesObject item) => new(item.Namespace, item.Name);

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static bool IsPushedBack(Exception refusal) => refusal
        is ApiConnectionException { IsTimeout: false }
        or ApiException { Code: HttpStatusCode.TooManyRequests }
        or ApiException { Code: HttpStatusCode.ServiceUnavailable, RetryAfter: not null };

    private string CollectionPath => ResourcePath.Collection(_resource, string.Empty).ToString();

    private async Task<Exception?> TryOpenAsync(bool isInitial, CancellationToken cancellationToken)
    {
        var timeout = MinServerTimeout * (1 + _core.Options.Random());
        var path = ResourcePath.Collection(_resource, _namespace)
            .With("watch", value: true)
            .With("labelSelector", _options.LabelSelector)
            .With("fieldSelector", _options.FieldSelector)
            .With("allowWatchBookmarks", value: true)
            .With("timeoutSeconds", ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture))
            .With("sendInitialEvents", isInitial)
            .With("resourceVersionMatch", isInitial ? "NotOlderThan" : null)
            .With("resourceVersion", isInitial ? null : _version);
        var request = ApiRequest.Of(HttpMethod.Get, path, "watch", _resource) with
        {
            Accept = _options.MetadataOnly ? KubernetesClient.MetadataOnlyAccept(isList: false) : null,
            Impersonation = _impersonation,
        };
        try
        {
            // A server that takes the wish for a streaming list without understanding it would never say that the list is complete.
            var idle = isInitial ? _core.Options.RequestTimeout : Idle(timeout);
            _session = await WatchSession.OpenAsync(
                _core.Sender, request, _resource, _options.MetadataOnly, _core.Options, idle, cancellationToken);
            return null;
        }
        catch (Exception exception) when (exception is ApiException or ApiConnectionException)
        {
            return exception;
        }
    }

    private async Task<ListPager.Page?> TryReadPageAsync(ListPager pager, CancellationToken cancellationToken)
    {
        try
        {
            return await pager.NextAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is ApiException or ApiConnectionException)
        {
            _failure = exception;
            return null;
        }
    }

    private TimeSpan Idle(TimeSpan serverTimeout)
    {
        var longest = serverTimeout + ServerMargin;
        return _core.Options.WatchIdleTimeout < longest ? _core.Options.WatchIdleTimeout : longest;
    }

    private void RememberIfUnsupported(Exception? refusal)
    {
        if (refusal is ApiException
            {
                Code: HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.UnsupportedMediaType
                or HttpStatusCode.UnprocessableEntity
            })
        {
            _core.WithoutStreamingList[CollectionPath] = true;
        }
    }

    private async ValueTask CloseAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.DisposeAsync();
        }
    }
}
