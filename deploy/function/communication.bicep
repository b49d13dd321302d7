// A new Communication Services resource that accepts no access keys, for where there is none yet. Of an existing one
// docs/operate.md switches them off: declaring it here would overwrite what else is set on it.

@description('The name of the resource.')
param name string

@description('Where the resource keeps its data, such as Europe or United States. It cannot be changed later.')
param dataLocation string

resource communication 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: name
  location: 'global'
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
  }
}

output endpoint string = 'https://${communication.properties.hostName}'
