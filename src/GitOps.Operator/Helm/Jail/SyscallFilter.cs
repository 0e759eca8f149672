using System.Buffers.Binary;

namespace GitOps.Operator.Helm.Jail;

/// <summary>
/// The seccomp filter of the jail, as the program that the kernel runs before each system call: what is not in the list of what a
/// rendering needs is refused. It fails then, it does not end the program; only calls of another machine's numbering end it.
/// </summary>
internal static class SyscallFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort Return = 0x06;
    private const uint Allow = 0x7FFF0000;
    private const uint KillProcess = 0x80000000;
    private const uint Refuse = 0x00050000;
    private const uint NotPermitted = 1;
    private const uint NotImplemented = 38;
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgument = 16;
    private const uint ThirdArgument = 32;
    private const uint CloneThread = 0x10000;

    // Another way to number the calls of the same machine.
    private const uint X32Bit = 0x40000000;

    /// <param name="calls">Of the machine.</param>
    /// <param name="process">The one that may get signals: itself.</param>
    public static byte[] Build(SystemCalls calls, int process)
    {
        var code = new List<(ushort Code, byte True, byte False, uint Value)>
        {
            (LoadWord, 0, 0, ArchitectureOffset),
            (JumpIfEqual, 1, 0, calls.Architecture),
            (Return, 0, 0, KillProcess),
            (LoadWord, 0, 0, NumberOffset),
            (JumpIfAtLeast, 0, 1, X32Bit),
            (Return, 0, 0, KillProcess),
        };
        foreach (var (_, number) in calls.Allowed)
        {
            code.Add((JumpIfEqual, 0, 1, number));
            code.Add((Return, 0, 0, Allow));
        }

        Guarded(calls.Kill, FirstArgument, (JumpIfEqual, 1, 0, (uint)process));
        Guarded(calls.Tgkill, FirstArgument, (JumpIfEqual, 1, 0, (uint)process));
        Guarded(calls.Clone, FirstArgument, (JumpIfAnyBit, 1, 0, CloneThread));

        // To read limits is allowed, to set them is not: the third argument, of 64 bits, points to new ones.
        code.Add((JumpIfEqual, 0, 6, calls.Prlimit));
        code.Add((LoadWord, 0, 0, ThirdArgument));
        code.Add((JumpIfEqual, 0, 2, 0));
        code.Add((LoadWord, 0, 0, ThirdArgument + 4));
        code.Add((JumpIfEqual, 1, 0, 0));
        code.Add((Return, 0, 0, Refuse | NotPermitted));
        code.Add((Return, 0, 0, Allow));

        // Answered as if the kernel were older, so that a program does without.
        code.Add((JumpIfAtLeast, 0, 1, SystemCalls.FirstShared));
        code.Add((Return, 0, 0, Refuse | NotImplemented));
        code.Add((Return, 0, 0, Refuse | NotPermitted));
        return Encode(code);

        void Guarded(uint number, uint argument, (ushort, byte, byte, uint) passes)
        {
            code.Add((JumpIfEqual, 0, 4, number));
            code.Add((LoadWord, 0, 0, argument));
            code.Add(passes);
            code.Add((Return, 0, 0, Refuse | NotPermitted));
            code.Add((Return, 0, 0, Allow));
        }
    }

    private static byte[] Encode(List<(ushort Code, byte True, byte False, uint Value)> code)
    {
        var bytes = new byte[code.Count * 8];
        foreach (var (i, instruction) in code.Index())
        {
            var target = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(target, instruction.Code);
            target[2] = instruction.True;
            target[3] = instruction.False;
            BinaryPrimitives.WriteUInt32LittleEndian(target[4..], instruction.Value);
        }

        return bytes;
    }
}
