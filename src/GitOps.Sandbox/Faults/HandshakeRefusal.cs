using Microsoft.AspNetCore.Connections;

namespace GitOps.Sandbox.Faults;

/// <summary>Stands before TLS and refuses it where that is scripted.</summary>
internal static class HandshakeRefusal
{
    /// <summary>A record of TLS: fatal alert, handshake_failure.</summary>
    private static readonly byte[] Alert = [21, 3, 3, 0, 2, 2, 40];

    public static async Task<bool> TryRefuseAsync(ConnectionContext connection, FaultInjector faults)
    {
        if (!faults.TakeHandshake())
        {
            return false;
        }

        // The client speaks first. To close before it has been read would reset the connection, and it would not see the alert.
        var hello = await connection.Transport.Input.ReadAsync(connection.ConnectionClosed);
        connection.Transport.Input.AdvanceTo(hello.Buffer.End);
        await connection.Transport.Output.WriteAsync(Alert, connection.ConnectionClosed);
        await connection.Transport.Output.CompleteAsync();
        return true;
    }
}
