using System.Runtime.InteropServices;
using System.Text;

namespace GitOps.Operator.Helm.Jail;

/// <summary>What the kernel is handed: copies outside the managed heap, never freed, since the program is about to be another one.</summary>
internal static class NativeMemory
{
    public static long Of(byte[] bytes)
    {
        var memory = Marshal.AllocHGlobal(bytes.Length);
        Marshal.Copy(bytes, 0, memory, bytes.Length);
        return memory;
    }

    public static long Of(string text) => Of([.. Encoding.UTF8.GetBytes(text), 0]);

    /// <summary>Pointers to texts, ended by a null pointer.</summary>
    public static long Of(IReadOnlyCollection<string> texts) => Of([.. texts.SelectMany(static text => BitConverter.GetBytes(Of(text))), .. new byte[8]]);
}
