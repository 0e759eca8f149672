using System.Buffers.Binary;

namespace GitOps.Operator.Tests.Helm.Jail;

/// <summary>What the kernel hands to a filter.</summary>
/// <param name="Number">Of the call.</param>
/// <param name="Architecture">As the kernel names it.</param>
/// <param name="Arguments">At most six.</param>
internal sealed record BpfCall(uint Number, uint Architecture, params ulong[] Arguments);

/// <summary>
/// Runs a filter as the kernel does, for machines that are not at hand: the part of classic BPF that seccomp takes and filters here
/// use. What the kernel would not accept is an error: jumps and loads out of bounds, an end without an answer.
/// </summary>
internal static class BpfMachine
{
    private const int InstructionBytes = 8;
    private const int MaxInstructions = 4096;

    /// <returns>What the filter answers.</returns>
    public static uint Run(byte[] program, BpfCall call)
    {
        var data = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, call.Number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), call.Architecture);
        foreach (var (i, argument) in call.Arguments.Index())
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + (8 * i)), argument);
        }

        (program.Length % InstructionBytes).ShouldBe(0);
        var count = program.Length / InstructionBytes;
        count.ShouldBeInRange(1, MaxInstructions);
        uint accumulator = 0;
        for (var at = 0; at < count; at++)
        {
            var instruction = program.AsSpan(at * InstructionBytes, InstructionBytes);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            bool holds;
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20:
                    (value % 4).ShouldBe(0u, $"load of instruction {at}");
                    value.ShouldBeLessThan((uint)data.Length, $"load of instruction {at}");
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)value));
                    continue;
                case 0x06:
                    return value;
                case 0x15:
                    holds = accumulator == value;
                    break;
                case 0x35:
                    holds = accumulator >= value;
                    break;
                case 0x45:
                    holds = (accumulator & value) != 0;
                    break;
                case var unknown:
                    throw new InvalidOperationException($"instruction {at} has the code {unknown:x}, which is not known here");
            }

            at += holds ? instruction[2] : instruction[3];
        }

        throw new InvalidOperationException("the program ends without an answer");
    }
}
