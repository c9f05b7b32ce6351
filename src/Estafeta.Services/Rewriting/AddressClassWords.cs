namespace Estafeta.Services.Rewriting;

/// <summary>Address classes as ADDRESS_CLASS_README names them, for people to read.</summary>
public static class AddressClassWords
{
    public static string Of(AddressClass addressClass) => addressClass switch
    {
        AddressClass.Local => "local domain",
        AddressClass.VirtualAlias => "virtual alias domain",
        AddressClass.VirtualMailbox => "virtual mailbox domain",
        AddressClass.Relay => "relay domain",
        AddressClass.Default => "default domain (none of ours)",
        AddressClass.Invalid => "no valid address",
        _ => "unknown for now",
    };
}
