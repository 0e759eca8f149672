using System.Runtime.InteropServices;

namespace GitOps.Operator.Commands;

/// <summary>The first SIGTERM or SIGINT asks a command to end, in its own time; the second ends the process at once.</summary>
internal sealed class Signals : IDisposable
{
    /// <summary>What a shell says of a process that a signal ended: 128 and the signal's number.</summary>
    private const int EndedBySignal = 128;

    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public Signals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Take(context, number: 15)),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Take(context, number: 2)),
    ];

    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        Array.ForEach(_registrations, static registration => registration.Dispose());
        _asked.Dispose();
    }

    private void Take(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
        {
            Environment.Exit(EndedBySignal + number);
        }

        _asked.Cancel();
    }
}
