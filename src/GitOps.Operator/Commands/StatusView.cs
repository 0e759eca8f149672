using System.Globalization;
using Spectre.Console;

namespace GitOps.Operator.Commands;

/// <summary>How the sandbox shows what happens.</summary>
internal interface IStatusView
{
    /// <summary>Shows the changes until they end.</summary>
    Task ShowAsync(IAsyncEnumerable<RowChange> changes, CancellationToken cancellationToken);

    /// <summary>A line of the log. May come from any thread, at any time.</summary>
    void Note(string line);
}

/// <summary>A line for each change: for pipes, files and tests.</summary>
internal sealed class StatusLines : IStatusView
{
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly TimeProvider _time;

    public StatusLines(TextWriter output, TextWriter error, TimeProvider time)
    {
        _output = TextWriter.Synchronized(output);
        _error = TextWriter.Synchronized(error);
        _time = time;
    }

    public async Task ShowAsync(IAsyncEnumerable<RowChange> changes, CancellationToken cancellationToken)
    {
        await foreach (var change in changes.WithCancellation(cancellationToken))
        {
            await _output.WriteLineAsync(Format(change));
            await _output.FlushAsync(cancellationToken);
        }
    }

    public void Note(string line) => _error.WriteLine(line);

    private string Format(RowChange change)
    {
        var time = _time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        return change.Row is { } row
            ? $"{time}  {row.Key,-32}  {row.Sync,-9}  {row.Health,-11}  {row.Revision,-7}  drifted {row.Drifted}  {row.Message}".TrimEnd()
            : $"{time}  {change.Key,-32}  deleted";
    }
}

/// <summary>A table that changes in place: for people on a terminal. The last lines of the log stand below it.</summary>
internal sealed class StatusTable : IStatusView
{
    private const int MaxNotes = 5;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, ApplicationRow> _rows = new(StringComparer.Ordinal);
    private readonly Queue<string> _notes = new();
    private LiveDisplayContext? _live;

    public Task ShowAsync(IAsyncEnumerable<RowChange> changes, CancellationToken cancellationToken) =>
        AnsiConsole.Live(Draw()).StartAsync(async live =>
        {
            Volatile.Write(ref _live, live);
            await foreach (var change in changes.WithCancellation(cancellationToken))
            {
                Take(change);
                live.UpdateTarget(Draw());
            }
        });

    public void Note(string line)
    {
        lock (_lock)
        {
            _notes.Enqueue(line);
            if (_notes.Count > MaxNotes)
            {
                _notes.Dequeue();
            }
        }

        Volatile.Read(ref _live)?.UpdateTarget(Draw());
    }

    internal void Take(RowChange change)
    {
        lock (_lock)
        {
            if (change.Row is { } row)
            {
                _rows[change.Key.ToString()] = row;
            }
            else
            {
                _rows.Remove(change.Key.ToString());
            }
        }
    }

    internal Rows Draw()
    {
        var table = new Table().RoundedBorder().Expand().AddColumns("Application", "Sync", "Health", "Revision", "Drifted", string.Empty);
        lock (_lock)
        {
            foreach (var row in _rows.Values)
            {
                table.AddRow(
                    new Text(row.Key.ToString()), new Text(row.Sync, StyleOf(row.Sync)), new Text(row.Health, StyleOf(row.Health)),
                    new Text(row.Revision), new Text(row.Drifted.ToString(CultureInfo.InvariantCulture), row.Drifted > 0 ? Color.Yellow : Style.Plain),
                    new Text(row.Message));
            }

            return new Rows([table, .. _notes.Select(static note => new Text(note, Color.Grey))]);
        }
    }

    private static Style StyleOf(string status) => status switch
    {
        "Synced" or "Healthy" => Color.Green,
        "OutOfSync" or "Progressing" or "Suspended" => Color.Yellow,
        "Degraded" or "Missing" => Color.Red,
        _ => Style.Plain,
    };
}
