using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Watch;

/// <summary>
/// Carries one watch: it walks along the resource's history and sleeps at its end until something is written, a fault is
/// scripted, a bookmark is due, its time is up or the caller goes. An idle watch costs nothing but its memory.
/// </summary>
internal sealed class WatchHandler
{
    private readonly ApiContext _context;
    private readonly FaultInjector _faults;
    private readonly ResourceTable _table;
    private readonly WatchRequest _request;
    private readonly Selection _selection;
    private readonly EventWriter _writer;
    private Change _position;
    private WatchFault _fault;
    private Task _faultsChanged = Task.CompletedTask;

    private WatchHandler(
        ApiContext context, FaultInjector faults, ResourceTable table, Change position, WatchRequest request, Selection selection,
        EventWriter writer)
    {
        (_context, _faults, _table, _position) = (context, faults, table, position);
        (_request, _selection, _writer) = (request, selection, writer);
    }

    private ObjectStore Store => _context.Cluster.Store;

    public static async Task HandleAsync(ApiContext context, FaultInjector faults, ServedResource resource, RequestPath path)
    {
        var request = WatchRequest.Parse(context);
        var selection = Selection.Parse(resource, path, context.Query("labelSelector"), context.Query("fieldSelector"));
        var store = context.Cluster.Store;
        var table = store.Table(resource.Storage);
        var writer = new EventWriter(context.Http.Response.BodyWriter, resource, context.Form == AnswerForm.MetadataOnly);
        var start = store.StartWatch(table);
        var position = start.Position;
        ApiError? expired = null;
        if (request is { ResourceVersion: { } version, InitialState: false })
        {
            var found = store.SeekWatch(table, version);
            expired = found is null ? ResourceVersions.Expired(version, store.OldestVersion(table)) : null;
            position = found ?? position;
        }
        else if (request.ResourceVersion is { } wanted)
        {
            await ResourceVersions.WaitUntilReachedAsync(context, wanted);
            start = store.StartWatch(table);
            position = start.Position;
        }

        context.BeginAnswer(200);
        var watch = new WatchHandler(context, faults, table, position, request, selection, writer);
        if (expired is not null)
        {
            await writer.WriteErrorAsync(expired, context.Aborted);
            return;
        }

        if (request.InitialState)
        {
            watch.WriteInitialState(start.Snapshot);
        }

        await writer.FlushAsync(context.Aborted);
        await watch.RunAsync();
    }

    private void WriteInitialState(Snapshot snapshot)
    {
        foreach (var stored in snapshot.Enumerate(_selection.Namespace))
        {
            if (_selection.Matches(stored))
            {
                _writer.Write(EventWriter.Added, stored);
            }
        }

        if (_request.InitialEnd)
        {
            _writer.WriteBookmark(snapshot.ResourceVersion, isInitialEnd: true);
        }
    }

    private async Task RunAsync()
    {
        var time = _context.Cluster.Options.TimeProvider;
        var cancelled = _context.Aborted;
        using var timers = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        var end = _request.Timeout is { } timeout ? Task.Delay(timeout, time, timers.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, timers.Token);
        var bookmark = NextBookmark(time, timers.Token);
        try
        {
            while (!cancelled.IsCancellationRequested && await ObeyFaultsAsync(cancelled))
            {
                if (!await DrainAsync(cancelled))
                {
                    return;
                }

                if (_table.IsClosed && _position.Next is null)
                {
                    return;
                }

                await Task.WhenAny(Store.WaitAfter(_table, _position), _faultsChanged, end, bookmark);
                if (end.IsCompleted)
                {
                    return;
                }

                if (bookmark.IsCompleted)
                {
                    await WriteBookmarkAsync(cancelled);
                    bookmark = NextBookmark(time, timers.Token);
                }
            }
        }
        finally
        {
            await timers.CancelAsync();
        }
    }

    private Task NextBookmark(TimeProvider time, CancellationToken cancellationToken) => Task.Delay(
        _request.Bookmarks ? _context.Cluster.Options.BookmarkInterval : Timeout.InfiniteTimeSpan, time, cancellationToken);

    private async Task WriteBookmarkAsync(CancellationToken cancellationToken)
    {
        if (_fault != WatchFault.NoBookmarks && Store.VersionIfLast(_position) is { } version)
        {
            _writer.WriteBookmark(version, isInitialEnd: false);
            await _writer.FlushAsync(cancellationToken);
        }
    }

    /// <returns>False: the connection was cut.</returns>
    private async Task<bool> DrainAsync(CancellationToken cancellationToken)
    {
        var written = 0;
        while (_position.Next is { } change)
        {
            _position = change;
            if (EventOf(change) is not { } happened)
            {
                continue;
            }

            if (_fault == WatchFault.HalfLine)
            {
                await _writer.WriteHalfAsync(happened.Type, happened.Object, cancellationToken);
                _context.Http.Abort();
                return false;
            }

            _writer.Write(happened.Type, happened.Object);
            written++;
        }

        if (written > 0)
        {
            await _writer.FlushAsync(cancellationToken);
        }

        return true;
    }

    /// <returns>False: the stream ends here.</returns>
    private async Task<bool> ObeyFaultsAsync(CancellationToken cancellationToken)
    {
        if (_faultsChanged.IsCompleted)
        {
            (_fault, _faultsChanged) = _faults.TakeWatch(_context.Record);
        }

        switch (_fault)
        {
            case WatchFault.Drop:
                return false;
            case WatchFault.Abort:
                _context.Http.Abort();
                return false;
            case WatchFault.Expire:
                await _writer.WriteErrorAsync(ResourceVersions.Expired(_position.ResourceVersion, Store.Version), cancellationToken);
                return false;
            case WatchFault.Silence:
                await Task.Delay(Timeout.InfiniteTimeSpan, _context.Cluster.Options.TimeProvider, cancellationToken);
                return false;
            default:
                return true;
        }
    }

    /// <summary>What a change means to this selection: nothing, or an object that comes, changes or goes.</summary>
    private (byte[] Type, StoredObject Object)? EventOf(Change change)
    {
        if (change.After is not { } after || (_selection.Namespace is { } ns && after.Namespace != ns)
            || change.ResourceVersion <= _request.ResourceVersion)
        {
            return null;
        }

        var wasSelected = change.Before is { } before && _selection.Matches(before);
        var isSelected = change.Type != ChangeType.Deleted && _selection.Matches(after);
        return (wasSelected, isSelected) switch
        {
            (false, true) => (EventWriter.Added, after),
            (true, true) => (EventWriter.Modified, after),
            (true, false) => (EventWriter.Deleted, change.Before!.At(change.ResourceVersion)),
            _ => null,
        };
    }
}
