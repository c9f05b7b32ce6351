using Estafeta.Net.Milter;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Cleaning;

/// <summary>Milters on the cleanup wire. Their connections are not among it: see <see cref="MilterRelay"/>.</summary>
internal static class MilterHandoffWire
{
    public static void Write(WireWriter writer, IReadOnlyList<MilterHandoff> milters)
    {
        writer.Write(milters.Count);
        foreach (var milter in milters)
        {
            writer.Write(milter.Settings.Endpoint);
            writer.Write(milter.Settings.CommandTimeout.Ticks);
            writer.Write(milter.Settings.ContentTimeout.Ticks);
            writer.Write((byte)milter.Settings.DefaultAction);
            writer.Write((long)(uint)milter.State.Actions);
            writer.Write((long)(uint)milter.State.Steps);
            writer.Write(milter.State.AcceptsMessage);
            writer.WriteOptional(milter.State.Failure is { } failure ? $"{(int)failure.Decision} {failure.Reply}" : null);
            Write(writer, milter.State.MacroLists);
            Write(writer, milter.Macros);
            writer.Write(milter.Connection != null);
        }
    }

    /// <param name="payload">What <see cref="Write"/> made.</param>
    /// <param name="connect">Makes the way to the milter with this number.</param>
    public static List<MilterHandoff> Read(ReadOnlyMemory<byte> payload, Func<int, MilterTransport> connect)
    {
        var reader = new WireReader(payload);
        var count = reader.ReadInt32();
        var milters = new List<MilterHandoff>();
        for (var i = 0; i < count; i++)
        {
            var settings = new MilterSettings
            {
                Endpoint = reader.ReadString(),
                ConnectTimeout = TimeSpan.Zero,
                CommandTimeout = TimeSpan.FromTicks(reader.ReadInt64()),
                ContentTimeout = TimeSpan.FromTicks(reader.ReadInt64()),
                Version = 0,
                DefaultAction = (MilterDefaultAction)reader.ReadByte(),
                Macros = new Dictionary<MilterStage, IReadOnlyList<string>>(),
            };
            var actions = (MilterActions)reader.ReadInt64();
            var steps = (MilterSteps)reader.ReadInt64();
            var accepts = reader.ReadBoolean();
            var failure = ReadFailure(reader.ReadOptionalString());
            var state = new MilterSessionState(actions, steps, ReadMacroLists(ref reader), failure, accepts);
            var macros = ReadMacros(ref reader);
            milters.Add(new MilterHandoff(settings, state, reader.ReadBoolean() ? connect(i) : null, macros));
        }

        return milters;
    }

    private static MilterVerdict? ReadFailure(string? text)
    {
        if (text == null || text.IndexOf(' ') is not (> 0 and var space)
            || !int.TryParse(text.AsSpan(0, space), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var decision))
        {
            return null;
        }

        return new MilterVerdict((MilterDecision)decision, text[(space + 1)..]);
    }

    private static void Write(WireWriter writer, IReadOnlyDictionary<MilterStage, IReadOnlyList<string>> lists)
    {
        writer.Write(lists.Count);
        foreach (var (stage, names) in lists)
        {
            writer.Write((byte)stage);
            writer.Write(string.Join(' ', names));
        }
    }

    private static Dictionary<MilterStage, IReadOnlyList<string>> ReadMacroLists(ref WireReader reader)
    {
        var lists = new Dictionary<MilterStage, IReadOnlyList<string>>();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            lists[(MilterStage)reader.ReadByte()] = reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }

        return lists;
    }

    private static void Write(WireWriter writer, IReadOnlyDictionary<string, string> macros)
    {
        writer.Write(macros.Count);
        foreach (var (name, value) in macros)
        {
            writer.Write(name);
            writer.Write(value);
        }
    }

    private static Dictionary<string, string> ReadMacros(ref WireReader reader)
    {
        var macros = new Dictionary<string, string>();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            macros[reader.ReadString()] = reader.ReadString();
        }

        return macros;
    }
}
