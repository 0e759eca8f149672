using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using GitOps.Operator.Helm.Jail;

namespace GitOps.Operator.Tests.Helm.Jail;

/// <summary>
/// The default seccomp profile of a container, around any program: this test program, started with <see cref="Variable"/>, puts it on
/// and becomes the program that its arguments name.
/// </summary>
internal static class ContainerProfile
{
    public const string Variable = "GITOPS_TEST_CONTAINER_PROFILE";

    /// <summary>As container runtimes have it now.</summary>
    public const string Default = "default";

    /// <summary>As they had it before they knew Landlock: refused where they knew that there is such a number.</summary>
    public const string WithoutLandlock = "without-landlock";

    private const uint Allow = 0x7FFF0000;
    private const uint NotPermitted = 0x00050001;
    private const uint NotImplemented = 0x00050026;
    private const uint NewNamespaces = 0x7E020000;
    private const uint FirstUnknown = 463;
    private const int NoNewPrivileges = 38;

    public static byte[] Build(string profile, SystemCalls calls, IReadOnlyDictionary<string, uint> table)
    {
        var code = new List<(ushort Code, byte True, byte False, uint Value)>
        {
            (0x20, 0, 0, 4), (0x15, 1, 0, calls.Architecture), (0x06, 0, 0, NotPermitted), (0x20, 0, 0, 0),
            (0x15, 0, 1, table["clone3"]), (0x06, 0, 0, NotImplemented),
        };
        foreach (var name in SystemCallTable.RuntimeDefault.Where(table.ContainsKey))
        {
            if (profile == Default || !name.StartsWith("landlock_", StringComparison.Ordinal))
            {
                code.Add((0x15, 0, 1, table[name]));
                code.Add((0x06, 0, 0, Allow));
            }
        }

        code.AddRange(
        [
            (0x15, 0, 3, table["clone"]), (0x20, 0, 0, 16), (0x45, 2, 0, NewNamespaces), (0x06, 0, 0, Allow),
            (0x35, 1, 0, FirstUnknown), (0x06, 0, 0, NotPermitted), (0x06, 0, 0, NotImplemented),
        ]);
        var bytes = new byte[code.Count * 8];
        foreach (var (i, instruction) in code.Index())
        {
            var target = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(target, instruction.Code);
            (target[2], target[3]) = (instruction.True, instruction.False);
            BinaryPrimitives.WriteUInt32LittleEndian(target[4..], instruction.Value);
        }

        return bytes;
    }

    [ModuleInitializer]
    internal static void Enter()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } profile)
        {
            return;
        }

        try
        {
            var calls = LinuxCalls.Numbers;
            var filter = Build(profile, calls, calls == SystemCalls.X64 ? SystemCallTable.X64 : SystemCallTable.Arm64);
            var arguments = Environment.GetCommandLineArgs()[1..];
            var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                .Where(static entry => (string)entry.Key != Variable)
                .Select(static entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key}={entry.Value}")).ToArray();
            var (path, list, variables) = (NativeMemory.Of(arguments[0]), NativeMemory.Of(arguments), NativeMemory.Of(environment));
            var program = NativeMemory.Of([.. BitConverter.GetBytes((long)(filter.Length / 8)), .. BitConverter.GetBytes(NativeMemory.Of(filter))]);
            LinuxCalls.Do("prctl", calls.Prctl, NoNewPrivileges, 1);
            LinuxCalls.Do("seccomp", calls.Seccomp, 1, 0, program);
            LinuxCalls.Do(arguments[0], calls.Execve, path, list, variables);
        }
        catch (Exception failure)
        {
            Console.Error.WriteLine(failure);
            Environment.Exit(1);
        }
    }
}
