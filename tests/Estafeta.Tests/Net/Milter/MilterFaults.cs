namespace Estafeta.Tests.Net.Milter;

/// <summary>What a <see cref="MilterScript"/> may fail by, and where.</summary>
public static class MilterFaults
{
    /// <summary>Commands by letter, in the order of a session.</summary>
    public const string Stages = "OCHMRTLNBE";

    /// <summary>Each fault with each milter_default_action.</summary>
    public static TheoryData<string, string> WithActions()
    {
        var data = new TheoryData<string, string>();
        foreach (var fault in new[] { "down", "close", "reset", "hang", "long", "zero", "Z" })
        {
            foreach (var action in new[] { "accept", "reject", "tempfail", "quarantine", "shutdown" })
            {
                data.Add(fault, action);
            }
        }

        return data;
    }
}
