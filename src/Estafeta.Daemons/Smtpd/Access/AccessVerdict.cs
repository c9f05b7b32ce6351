namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>What a restriction, or a list of them, said.</summary>
internal enum AccessVerdict
{
    /// <summary>Nothing: the next restriction is asked.</summary>
    Dunno,

    /// <summary>The list ends: permitted.</summary>
    Permit,

    /// <summary>The list ends: <see cref="AccessCheck.Reply"/> is the answer to the client.</summary>
    Reject,
}
