using System.Globalization;
using System.Text;
using Estafeta.Daemons.Smtpd.Verbs;

namespace Estafeta.Daemons.Smtpd;

/// <summary>How often each verb came and how often it went well, for the disconnect line: <c> ehlo=1 mail=0/1 commands=1/2</c>.</summary>
internal sealed class CommandCounts
{
    private readonly ushort[] _total = new ushort[VerbTable.Verbs.Length + 1];
    private readonly ushort[] _success = new ushort[VerbTable.Verbs.Length + 1];

    /// <param name="verb">Index in the verb table; -1 for an unknown command.</param>
    public void CountTotal(int verb) => Increment(ref _total[Slot(verb)]);

    public void CountSuccess(int verb) => Increment(ref _success[Slot(verb)]);

    public override string ToString()
    {
        var text = new StringBuilder(80);
        var total = 0;
        var success = 0;
        for (var i = 0; i < _total.Length; i++)
        {
            if (_total[i] > 0)
            {
                total += _total[i];
                success += _success[i];
                Append(text, i < VerbTable.Verbs.Length ? VerbTable.Verbs[i].StatisticsName : "unknown", _success[i], _total[i]);
            }
        }

        if (total == 0)
        {
            return " commands=0/0";
        }

        Append(text, "commands", success, total);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, int success, int total)
    {
        text.Append(CultureInfo.InvariantCulture, $" {name}={success}");
        if (success != total)
        {
            text.Append(CultureInfo.InvariantCulture, $"/{total}");
        }
    }

    private int Slot(int verb) => verb < 0 ? _total.Length - 1 : verb;

    private static void Increment(ref ushort count)
    {
        if (count < ushort.MaxValue)
        {
            count++;
        }
    }
}
