using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Watch;

/// <summary>
/// Carries one watch: it walks along the resource's history and sleeps at its end until something is written, a fault is
/// scripted, a bookmark is due, its time is up or the caller goes. An idle watch costs nothing but its memory, and one whose
/// reader does not keep up with the history is ended, as a real server does it: the reader comes again.
/// </summary>
internal sealed class WatchHandler : IDisposable
{
    private const int FlushSize = 64 * 1024;

    private readonly ApiContext _context;
    private readonly ResourceTable _table;
    private readonly WatchRequest _request;
    private readonly Selection _selection;
    private readonly EventWriter _writer;
    private readonly WakeSignal _wake = new();
    private readonly WatchFaults _faults;
    private Change _position;
    private Snapshot? _initialState;
    private bool _owesInitialEnd;
    private bool _isBookmarkDue;
    private bool _isOver;

    private WatchHandler(
        ApiContext context, FaultInjector faults, ResourceTable table, WatchStart start, WatchRequest request, Selection selection,
        EventWriter writer)
    {
        (_context, _table, _position) = (context, table, start.Position);
        (_request, _selection, _writer) = (request, selection, writer);
        _initialState = request.InitialState ? start.Snapshot : null;
        _faults = new(faults, context.Record, _wake);
    }

    private ObjectStore Store => _context.Cluster.Store;

    public static async Task HandleAsync(ApiContext context, FaultInjector faults, ServedResource resource, RequestPath path)
    {
        var request = WatchRequest.Parse(context);
        var selection = Selection.Parse(resource, path, context.Query("labelSelector"), context.Query("fieldSelector"));
        var store = context.Cluster.Store;
        var table = store.Table(resource.Storage);
        var form = context.Form;
        var writer = new EventWriter(
            context.Http.Response.BodyWriter, resource, form is AnswerForm.Metadata or AnswerForm.MetadataList,
            form == AnswerForm.Table ? TableWriter.Of(context, resource) : null);
        var start = store.StartWatch(table);
        ApiError? expired = null;
        if (request is { ResourceVersion: { } version, InitialState: false })
        {
            var found = store.SeekWatch(table, version);
            expired = found is null ? ResourceVersions.Expired(version, store.OldestVersion(table)) : null;
            start = start with { Position = found ?? start.Position };
        }
        else if (request.ResourceVersion is { } wanted)
        {
            await ResourceVersions.WaitUntilReachedAsync(context, wanted);
            start = store.StartWatch(table);
        }

        context.BeginAnswer(200);
        if (expired is not null)
        {
            await writer.WriteErrorAsync(expired, context.Aborted);
            return;
        }

        await writer.FlushAsync(context.Aborted);
        using var watch = new WatchHandler(context, faults, table, start, request, selection, writer);
        await watch.RunAsync();
    }

    public void Dispose() => _faults.Dispose();

    private async Task RunAsync()
    {
        var time = _context.Cluster.Options.TimeProvider;
        var interval = _request.Bookmarks ? _context.Cluster.Options.BookmarkInterval : Timeout.InfiniteTimeSpan;
        await using var bookmarks = time.CreateTimer(_ => Wake(ref _isBookmarkDue), null, interval, interval);
        await using var end = time.CreateTimer(_ => Wake(ref _isOver), null, _request.Timeout ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var gone = _context.Aborted.UnsafeRegister(static wake => ((WakeSignal)wake!).Set(), _wake);
        using var changes = _table.Watches.Add(_wake);
        while (!_context.Aborted.IsCancellationRequested)
        {
            await _faults.UpdateAsync(_context);
            if (!_faults.IsStalled && !await WriteInitialStateAsync())
            {
                return;
            }

            if (_faults.Ending is { } fault)
            {
                await EndAsync(fault);
                return;
            }

            if (!_faults.IsStalled && !(await DrainAsync() && await WriteBookmarksAsync()))
            {
                return;
            }

            if (Volatile.Read(ref _isOver) || (_table.IsClosed && _position.Next is null))
            {
                return;
            }

            await _wake.WaitAsync();
        }
    }

    private void Wake(ref bool reason)
    {
        Volatile.Write(ref reason, value: true);
        _wake.Set();
    }

    /// <returns>False: the stream ends here.</returns>
    private async Task<bool> WriteInitialStateAsync()
    {
        if (_initialState is not { } snapshot)
        {
            return true;
        }

        _initialState = null;
        foreach (var stored in snapshot.Enumerate(_selection.Namespace))
        {
            if (_selection.Matches(stored) && !await WriteAsync(EventWriter.Added, stored))
            {
                return false;
            }
        }

        _owesInitialEnd = _request.InitialEnd;
        return await FlushAsync();
    }

    /// <returns>False: the stream ends here.</returns>
    private async Task<bool> DrainAsync()
    {
        while (_position.Next is { } change)
        {
            _position = change;
            if (EventOf(change) is { } happened && !await WriteAsync(happened.Type, happened.Object))
            {
                return false;
            }
        }

        return await FlushAsync();
    }

    /// <returns>False: the stream ends here.</returns>
    private async Task<bool> WriteBookmarksAsync()
    {
        if (_faults.DropsBookmarks)
        {
            _isBookmarkDue = false;
        }

        if ((!_owesInitialEnd && !Volatile.Read(ref _isBookmarkDue)) || _faults.HoldsBookmarks || Store.VersionIfLast(_position) is not { } version)
        {
            return true;
        }

        _writer.WriteBookmark(version, _owesInitialEnd);
        _owesInitialEnd = false;
        _isBookmarkDue = false;
        return await FlushAsync();
    }

    /// <returns>False: the stream ends here.</returns>
    private async ValueTask<bool> WriteAsync(byte[] type, StoredObject stored)
    {
        if (_faults.HalfLine is { } fault)
        {
            await _writer.WriteHalfAsync(type, stored, _context.Aborted);
            FaultAnswers.Cut(_context.Http, fault);
            return false;
        }

        _writer.Write(type, stored);
        return _writer.UnflushedBytes < FlushSize || await FlushAsync();
    }

    /// <returns>False: the reader is too slow, and the stream ends here.</returns>
    private async ValueTask<bool> FlushAsync()
    {
        if (_writer.UnflushedBytes == 0)
        {
            return true;
        }

        var flushing = _writer.FlushAsync(_context.Aborted);
        if (flushing.IsCompletedSuccessfully)
        {
            return true;
        }

        var written = new WakeSignal();
        using var changes = _table.Watches.Add(written);
        while (!flushing.IsCompleted)
        {
            if (Store.IsLeftBehind(_table, _position))
            {
                _context.Http.Abort();
                return false;
            }

            await Task.WhenAny(flushing, written.WaitAsync().AsTask());
        }

        await flushing;
        return !Store.IsLeftBehind(_table, _position);
    }

    private async Task EndAsync(Fault fault)
    {
        switch (fault.Watch)
        {
            case WatchFault.Abort:
                FaultAnswers.Cut(_context.Http, fault);
                break;
            case WatchFault.Expire:
                await _writer.WriteErrorAsync(ResourceVersions.Expired(_position.ResourceVersion, Store.Version), _context.Aborted);
                break;
            case WatchFault.Silence:
                await Task.Delay(Timeout.InfiniteTimeSpan, _context.Cluster.Options.TimeProvider, _context.Aborted);
                break;
            default:
                break;
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
