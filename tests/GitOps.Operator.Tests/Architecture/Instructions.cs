using System.Reflection.Emit;
using System.Reflection.Metadata;

namespace GitOps.Operator.Tests.Architecture;

/// <summary>Walks a method's instructions and gives the metadata tokens among their operands.</summary>
internal static class Instructions
{
    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields()
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => (int)(ushort)code.Value);

    public static List<int> Tokens(ref BlobReader reader)
    {
        var tokens = new List<int>();
        while (reader.RemainingBytes > 0)
        {
            int value = reader.ReadByte();
            value = value == 0xFE ? (value << 8) | reader.ReadByte() : value;
            switch (Codes[value].OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType or OperandType.InlineSig:
                    tokens.Add(reader.ReadInt32());
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    reader.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    reader.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    reader.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    var targets = reader.ReadInt32();
                    reader.Offset += 4 * targets;
                    break;
                default:
                    reader.Offset += 4;
                    break;
            }
        }

        return tokens;
    }
}
