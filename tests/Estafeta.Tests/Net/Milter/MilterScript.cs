using System.Globalization;
using System.Text;

namespace Estafeta.Tests.Net.Milter;

/// <summary>
/// A milter as one line: <c>COMMAND=ANSWER; …</c> with the letters of the protocol. An answer is a letter (<c>M=r</c>), a letter and text
/// (<c>M=y550 5.7.9 no</c>), or <c>close</c>, <c>reset</c>, <c>hang</c>, <c>long</c> (a packet of four gigabytes), <c>zero</c>;
/// <c>steps=HEX</c>, <c>actions=HEX</c> and <c>version=N</c> are what it negotiates.
/// </summary>
internal static class MilterScript
{
    public static ScriptedMilter Start(string script)
    {
        var answers = new Dictionary<char, byte[]?>();
        var (steps, actions, version) = (0u, 0x1ffu, 6u);
        var (hangs, resets) = ("", "");
        foreach (var item in script.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, answer) = (item[..item.IndexOf('=')], item[(item.IndexOf('=') + 1)..]);
            switch (answer)
            {
                case var hex when name == "steps":
                    steps = Convert.ToUInt32(hex, 16);
                    break;
                case var hex when name == "actions":
                    actions = Convert.ToUInt32(hex, 16);
                    break;
                case var number when name == "version":
                    version = uint.Parse(number, CultureInfo.InvariantCulture);
                    break;
                case "hang":
                    hangs += name;
                    break;
                case "reset":
                    resets += name;
                    break;
                default:
                    answers[name[0]] = Answer(answer);
                    break;
            }
        }

        var milter = new ScriptedMilter(answers, actions, steps, isTcp: true) { Version = version };
        milter.Unanswered.UnionWith(hangs);
        milter.Resets.UnionWith(resets);
        return milter;
    }

    public static byte[]? Answer(string answer) => answer switch
    {
        "close" => null,
        "long" => [0xff, 0xff, 0xff, 0xff, (byte)'c'],
        "zero" => [0, 0, 0, 0],
        { Length: 1 } => ScriptedMilter.Packet(answer[0]),
        _ => ScriptedMilter.Packet(answer[0], Encoding.ASCII.GetBytes(answer[1..].Replace("\\r\\n", "\r\n", StringComparison.Ordinal) + "\0")),
    };
}
